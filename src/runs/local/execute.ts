import { setTimeout } from "node:timers/promises";
import { milliseconds } from "../../core/clock.js";
import { Interrupted } from "../../core/errors.js";
import type { ProgressReporter } from "../../core/progress.js";
import type { ResolvedConfig } from "../../config/load.js";
import type { Leases } from "../../records/leases.js";
import type { Cell } from "../../records/plan.js";
import type { RunStore } from "../../records/store.js";
import { cellSteps } from "../cell/cell-steps.js";
import { beginAnew, blameOf, forget } from "./retries.js";

/** What became of one cell. */
export type CellResult =
  { readonly state: "done" | "diverged" | "skipped" } | { readonly state: "failed"; readonly reason: string };

/** Where cells are run: this process or others. */
export interface CellExecutor {
  /** Cells that it runs at the same time. */
  readonly jobs: number;
  /** Runs one cell and writes its record. @param onProgress takes training steps done.
   *  @throws Interrupted after a checkpoint, when the signal asks for it; UserError for what concerns all cells. */
  run(cell: Cell, onProgress: (steps: number) => void, signal: AbortSignal): Promise<CellResult>;
  /** Records a cell as failed without running it. */
  giveUp(cell: Cell, reason: string, signal: AbortSignal): Promise<CellResult>;
  close(): void;
}

/** What became of the cells of one call. */
export interface Outcome {
  readonly done: number;
  readonly alreadyDone: number;
  readonly diverged: number;
  /** Of those done: runs that their search had no time for. */
  readonly skipped: number;
  /** Runs that went wrong, and those that need one of them. */
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
  /** Runs that other processes have, and those that need one of them, where they were not waited for. */
  readonly left?: number;
}

/** What cells are run on. */
export interface Ground {
  readonly config: ResolvedConfig;
  readonly dataFolder: string;
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
  const { config, dataFolder, store, leases } = ground;
  const todo = cells.filter(({ id }) => !store.has(id));
  const open = new Set(todo);
  for (const cell of cells) if (!open.has(cell)) forget(cell.id, leases);
  if (ground.skipFailed !== true) for (const { id } of todo) beginAnew(id, store, leases);
  let doneElsewhere = 0;
  const unfinished = new Set(todo.map(({ id }) => id));
  const failed = new Map<string, string>();
  const running = new Map<string, Promise<void>>();
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  let waiting = todo;
  let thrown: unknown;
  let [diverged, skipped, steps] = [0, 0, 0];

  const fail = (id: string, reason: string): void => {
    failed.set(id, reason);
    unfinished.delete(id);
  };
  const start = (cell: Cell): void => {
    const { id, phase, method, holdout } = cell;
    const what = `${phase} ${method} ${holdout ?? ""}`;
    const onProgress = (more: number): void =>
      progress.at((steps += more), `${todo.length - unfinished.size}/${todo.length} runs, ${what}`);
    const run = async (): Promise<void> => {
      try {
        const blame = blameOf(id, leases);
        const result = await (blame === undefined
          ? executor.run(cell, onProgress, stop.signal)
          : executor.giveUp(cell, blame, stop.signal));
        if (result.state === "failed") return fail(id, result.reason);
        unfinished.delete(id);
        if (result.state === "diverged") diverged++;
        if (result.state === "skipped") skipped++;
        onFinished(cell);
      } catch (error) {
        if (thrown === undefined || thrown instanceof Interrupted) thrown = error;
        stop.abort();
      } finally {
        leases.release(id);
        running.delete(id);
      }
    };
    running.set(id, run());
  };
  /** Whether another process has a cell done, or failed. */
  const settledElsewhere = (cell: Cell): boolean => {
    const failure = store.failure(cell.id);
    if (failure !== undefined) fail(cell.id, failure);
    else if (store.has(cell.id)) {
      unfinished.delete(cell.id);
      doneElsewhere++;
      progress.at((steps += cellSteps(config, cell, dataFolder)), "another process's run");
      onFinished(cell);
    }
    return !unfinished.has(cell.id);
  };
  /** Whether a cell is this process's to run. */
  const take = (cell: Cell): boolean => {
    if (settledElsewhere(cell) || !leases.take(cell.id)) return false;
    if (!settledElsewhere(cell)) return true;
    leases.release(cell.id);
    return false;
  };

  signal.addEventListener("abort", onAbort);
  if (signal.aborted) stop.abort();
  const total = todo.reduce((sum, cell) => sum + cellSteps(config, cell, dataFolder), 0);
  progress.begin(config.experimentFolder, total);
  let busy = milliseconds();
  let left = 0;
  try {
    for (;;) {
      for (const { id, dependsOn } of waiting) {
        const broken = dependsOn.find((other) => failed.has(other));
        if (broken !== undefined) fail(id, `needs run ${broken}, which failed`);
      }
      waiting = waiting.filter(({ id }) => unfinished.has(id));
      const ready = waiting.filter(({ dependsOn }) => !dependsOn.some((id) => unfinished.has(id)));
      const free = stop.signal.aborted ? 0 : executor.jobs - running.size;
      const [mine, elsewhere]: [Cell[], Cell[]] = [[], []];
      for (const cell of ready) {
        if (mine.length === free) break;
        if (take(cell)) mine.push(cell);
        else if (unfinished.has(cell.id)) elsewhere.push(cell);
      }
      waiting = waiting.filter((cell) => !mine.includes(cell));
      for (const cell of mine) start(cell);
      if (running.size > 0 || elsewhere.length < ready.length) busy = milliseconds();
      else if (milliseconds() - busy >= (ground.idleMinutes ?? Infinity) * 60_000) {
        left = unfinished.size;
        break;
      }
      if (running.size > 0 || elsewhere.length > 0)
        await Promise.race([...running.values(), ...(elsewhere.length > 0 ? [pause(stop.signal)] : [])]);
      else if (free === 0 || ready.length === 0) break;
    }
  } finally {
    progress.end();
    signal.removeEventListener("abort", onAbort);
  }
  if (thrown !== undefined) throw thrown;
  if (unfinished.size > left) throw new Interrupted();
  return {
    done: todo.length - failed.size - doneElsewhere - left,
    alreadyDone: cells.length - todo.length + doneElsewhere,
    diverged,
    skipped,
    failed: [...failed].map(([id, reason]) => ({ id, reason })),
    ...(left > 0 && { left }),
  };
}

const pause = (signal: AbortSignal): Promise<void> =>
  setTimeout(LOOK_EVERY, undefined, { signal }).catch(() => undefined);
