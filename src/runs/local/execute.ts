import { setTimeout } from "node:timers/promises";
import { milliseconds } from "../../core/clock.js";
import { Interrupted } from "../../core/errors.js";
import type { ProgressReporter } from "../../core/progress.js";
import type { ResolvedConfig } from "../../config/load.js";
import type { Fence } from "../../records/fence.js";
import type { Leases } from "../../records/leases.js";
import type { Cell } from "../../records/plan.js";
import type { RunStore } from "../../records/store.js";
import type { Domains } from "../plan/available-domains.js";
import { cellSteps } from "../plan/cell-steps.js";
import { endingOf, openLedger, type Ending, type Ledger, type Outcome } from "../ledger.js";
import { beginAnew, blameOf, forget } from "./retries.js";

/** What became of one cell. */
export type CellResult =
  | { readonly state: Ending }
  | { readonly state: "failed"; readonly reason: string }
  /** Another process has it now, since this one made no progress for a long time. */
  | { readonly state: "taken over" }
  /** It was computed, but a process died with it before it said that it was written. */
  | { readonly state: "lost" };

/** Where cells are run: this process or others. */
export interface CellExecutor {
  /** Cells that it computes at the same time. */
  readonly jobs: number;
  /** Runs one cell and writes its record. @param fence of its lease. @param onProgress takes training steps done.
   *  @param onComputed is called when only writing is left, so that another one can be computed.
   *  @throws Interrupted after a checkpoint, when the signal asks for it; UserError for what concerns all cells. */
  run(
    cell: Cell,
    fence: Fence,
    onProgress: (steps: number) => void,
    signal: AbortSignal,
    onComputed: () => void,
  ): Promise<CellResult>;
  /** Records a cell as failed without running it. */
  giveUp(cell: Cell, reason: string, fence: Fence, signal: AbortSignal): Promise<CellResult>;
  close(): void;
}

/** What cells are run on. */
export interface Ground {
  readonly config: ResolvedConfig;
  /** Of the cells, opened. */
  readonly domains: Domains;
  readonly store: RunStore;
  readonly leases: Leases;
  /** Goes on with what others began: runs that failed before have failed here too, and the dead count. */
  readonly skipFailed?: boolean | undefined;
  /** Minutes without anything to do after which what others run is not waited for any longer. */
  readonly idleMinutes?: number | undefined;
}

/** Milliseconds between looks at runs that another process has. */
const LOOK_EVERY = 250;

/** Runs the cells that are not finished yet: each as soon as those it depends on are, in the plan's order where there is
 *  a choice. A cell that fails is recorded as failed and the others go on; a cell that depends on a failed one fails too.
 *  Cells that failed before, or that processes died with before, begin anew: whoever stopped them, this is a new command.
 *  What another process runs is waited for; if that process dies, it is run here. A cell that two processes died with is
 *  given up: it has failed. Of a process that had several at a time each is to blame for its part only.
 *  @param onFinished is told of every run that has a result now.
 *  @throws Interrupted after a checkpoint; UserError for what concerns all cells, after the running ones were stopped. */
export async function execute(
  cells: readonly Cell[],
  ground: Ground,
  executor: CellExecutor,
  progress: ProgressReporter,
  signal: AbortSignal,
  onFinished: (cell: Cell) => void = () => undefined,
): Promise<Outcome> {
  const { config, domains, store, leases } = ground;
  const ledger = openLedger(cells, (id) => store.has(id));
  for (const cell of cells) if (ledger.isSettled(cell)) forget(cell.id, leases);
  if (ground.skipFailed !== true) for (const { id } of ledger.todo) beginAnew(id, store, leases);

  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) stop.abort();
  let steps = 0;
  const addSteps = (more: number, label: string): void => progress.at((steps += more), label);
  const call: Call = {
    ground,
    executor,
    ledger,
    running: new Set(),
    computing: new Set(),
    losses: new Map(),
    stop,
    addSteps,
    onFinished,
  };
  const total = ledger.todo.reduce((sum, cell) => sum + cellSteps(config, cell, domains), 0);
  progress.begin(config.experimentFolder, total);
  try {
    const idle = await runAll(call);
    if (call.thrown !== undefined) throw call.thrown;
    if (ledger.unsettled > 0 && !idle) throw new Interrupted();
    return ledger.outcome(idle);
  } finally {
    progress.end();
    signal.removeEventListener("abort", onAbort);
  }
}

/** One call of `execute`. */
interface Call {
  readonly ground: Ground;
  readonly executor: CellExecutor;
  readonly ledger: Ledger;
  /** The ends of those that run. */
  readonly running: Set<Promise<void>>;
  /** When each of them that is not computed yet will be. */
  readonly computing: Set<Promise<void>>;
  /** How often a run was lost. */
  readonly losses: Map<string, number>;
  readonly stop: AbortController;
  readonly addSteps: (more: number, label: string) => void;
  readonly onFinished: (cell: Cell) => void;
  /** What ends the call. */
  thrown?: unknown;
}

/** Starts cells and waits until all are settled, the call is stopped, or others have had the rest for too long.
 *  @returns whether it was the last. */
async function runAll(call: Call): Promise<boolean> {
  const { ground, running, computing, stop } = call;
  const patience = (ground.idleMinutes ?? Infinity) * 60_000;
  let busy = milliseconds();
  // One for as many turns as end before it: each listens to the signal.
  let pausing: Promise<void> | undefined;
  const pauseOnce = (): Promise<void> => (pausing ??= pause(stop.signal).finally(() => (pausing = undefined)));
  for (;;) {
    const { ready, elsewhere, free } = startReady(call);
    if (running.size > 0 || elsewhere < ready) busy = milliseconds();
    else if (milliseconds() - busy >= patience) return true;
    if (running.size > 0 || elsewhere > 0)
      await Promise.race([...running, ...computing, ...(elsewhere > 0 ? [pauseOnce()] : [])]);
    else if (free === 0 || ready === 0) return false;
  }
}

/** Starts as many ready cells as there is room for.
 *  @returns how many were ready, how many of them others have, and how many there was room for. */
function startReady(call: Call): { readonly ready: number; readonly elsewhere: number; readonly free: number } {
  const { executor, ledger, computing, stop } = call;
  const ready = ledger.ready();
  const free = stop.signal.aborted ? 0 : executor.jobs - computing.size;
  const mine: Cell[] = [];
  let elsewhere = 0;
  for (const cell of ready) {
    if (mine.length === free) break;
    const isMine = takeIfPossible(call, cell, mine.length);
    if (isMine === undefined) break;
    if (isMine) mine.push(cell);
    else if (!ledger.isSettled(cell)) elsewhere++;
  }
  for (const cell of mine) {
    ledger.start(cell);
    start(call, cell);
  }
  return { ready: ready.length, elsewhere, free };
}

/** Begins to run a cell, which counts as computing until it says that it is computed, or ends. */
function start(call: Call, cell: Cell): void {
  const { running, computing } = call;
  let resolve = (): void => undefined;
  const computed = new Promise<void>((listen) => (resolve = listen));
  computing.add(computed);
  const onComputed = (): void => {
    computing.delete(computed);
    resolve();
  };
  const run = runCell(call, cell, onComputed).finally(() => {
    running.delete(run);
    onComputed();
  });
  running.add(run);
}

/** The same as `take`; a disk that fails for a while ends nothing that runs: that goes on until it has to write.
 *  @param more cells that are about to run. @returns undefined where the disk fails. */
function takeIfPossible(call: Call, cell: Cell, more: number): boolean | undefined {
  try {
    return take(call, cell);
  } catch (error) {
    if (call.running.size + more === 0) throw error;
    return undefined;
  }
}

/** Whether a cell is this process's to run. */
function take(call: Call, cell: Cell): boolean {
  const { leases, store } = call.ground;
  if (settledElsewhere(call, cell) || !leases.take(cell.id)) return false;
  store.clearUnfinished(cell.id);
  if (!settledElsewhere(call, cell)) return true;
  leases.release(cell.id);
  return false;
}

/** Whether another process has a cell done, or failed. */
function settledElsewhere({ ground, ledger, addSteps, onFinished }: Call, cell: Cell): boolean {
  const { config, domains, store } = ground;
  const failure = store.failure(cell.id);
  if (failure !== undefined) ledger.fail(cell, failure);
  else if (store.has(cell.id)) {
    ledger.endElsewhere(cell);
    addSteps(cellSteps(config, cell, domains), "another process's run");
    onFinished(cell);
  }
  return ledger.isSettled(cell);
}

/** Runs a cell to its end, and gives it back. What it throws stops the call. */
async function runCell(call: Call, cell: Cell, onComputed: () => void): Promise<void> {
  const { ground, executor, ledger, losses, stop } = call;
  const { id, phase, method, holdout } = cell;
  const what = `${phase} ${method} ${holdout ?? ""}`;
  let steps = 0;
  const onProgress = (more: number): void => {
    steps += more;
    call.addSteps(more, `${ledger.settled}/${ledger.todo.length} runs, ${what}`);
  };
  try {
    const blame = blameOf(id, ground.leases, losses.get(id) ?? 0);
    const fence = ground.leases.fence(id);
    const result = await (blame === undefined
      ? executor.run(cell, fence, onProgress, stop.signal, () => {
          ground.leases.computed(id);
          onComputed();
        })
      : executor.giveUp(cell, blame, fence, stop.signal));
    if (result.state === "lost") losses.set(id, (losses.get(id) ?? 0) + 1);
    if (result.state === "taken over" || (result.state === "lost" && !ground.store.has(id))) {
      onProgress(-steps);
      return ledger.stop(cell);
    }
    if (result.state === "failed") return ledger.fail(cell, result.reason);
    ledger.end(cell, result.state === "lost" ? endingOf(ground.store.read(id)) : result.state);
    call.onFinished(cell);
  } catch (error) {
    // Of several errors the first that is no interruption says why.
    if (call.thrown === undefined || call.thrown instanceof Interrupted) call.thrown = error;
    ledger.stop(cell);
    stop.abort();
  } finally {
    ground.leases.release(id);
  }
}

const pause = (signal: AbortSignal): Promise<void> =>
  setTimeout(LOOK_EVERY, undefined, { signal }).catch(() => undefined);
