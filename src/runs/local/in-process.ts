import { timestamp } from "../../core/clock.js";
import { EXIT, Interrupted, UserError } from "../../core/errors.js";
import type { ResolvedConfig } from "../../config/load.js";
import { methodOf, rowOf } from "../../config/variants.js";
import type { Engine } from "../../engine/engine.js";
import type { LearnedValues } from "../../optimisers/optimiser.js";
import { guardOf, TakenOver, type Fence } from "../../records/fence.js";
import { removeCheckpoint } from "../../records/checkpoint.js";
import { readLearned } from "../../records/learned.js";
import type { Cell, Plan, TrialCell, TuneCell } from "../../records/plan.js";
import { refuseEarlier, type RunStore } from "../../records/store.js";
import { endingOf } from "../ledger.js";
import type { CellExecutor, CellResult } from "./execute.js";
import { checkFits, givenLearned } from "../plan/given-learned.js";
import { takeEarlierTrial } from "../cell/earlier-trial.js";
import { failedRecord, skippedRecord } from "../cell/record-head.js";
import { runMetaTraining } from "../cell/run-meta-training.js";
import { runTraining, type Selected } from "../cell/run-training.js";
import { isSystemError } from "../../core/system-error.js";
import { bestPoint } from "../search/tuned.js";
import { openSession, type Computed, type RunContext } from "../cell/session.js";
import { tunePoint } from "../search/tune-point.js";
import { openRunWriter, type RunWriter } from "./writer.js";

/** Computes cells in this process, one at a time, and writes each while the next is computed; the engine, opened domains
 *  and compiled programs serve them all.
 *  @throws UserError (usage) for a plan of earlier numerics, as where the program was replaced while it ran. */
export function inThisProcess(
  plan: Plan,
  config: ResolvedConfig,
  store: RunStore,
  engine: Engine,
  dataFolder: string,
  given?: RunWriter,
): CellExecutor {
  refuseEarlier(store.folder, plan);
  const session = openSession(config, engine, dataFolder);
  // What decides ids is read before the first run; the images themselves are checked when they are read.
  for (const id of new Set(plan.cells.flatMap(domainsOf))) session.domain(id);
  const contextOf = (fence: Fence, signal: AbortSignal, onStep: () => void = () => undefined): RunContext => ({
    session,
    config,
    plan,
    store,
    signal,
    guard: guardOf(fence),
    onStep,
  });
  const writer = given ?? openRunWriter();
  const write = oneByOne(store, writer);
  return {
    jobs: 1,
    async run(cell, fence, onProgress, signal, onComputed) {
      const context = contextOf(fence, signal, () => onProgress(1));
      const startedAt = timestamp();
      return unlessTakenOver(async () => {
        try {
          return await write(await compute(context, cell, startedAt), fence, onComputed);
        } catch (error) {
          if (!isOfOneRun(error)) throw ofMachine(error);
          if (store.has(cell.id)) return resultOf(store, cell);
          const reason = error instanceof Error ? error.message : String(error);
          store.write(failedRecord(context, cell, startedAt, reason), [], context.guard);
          return { state: "failed", reason };
        }
      });
    },
    giveUp(cell, reason, fence, signal) {
      const context = contextOf(fence, signal);
      return unlessTakenOver(() => {
        if (store.has(cell.id)) return Promise.resolve(resultOf(store, cell));
        store.write(failedRecord(context, cell, timestamp(), reason), [], context.guard);
        return Promise.resolve({ state: "failed", reason });
      });
    },
    close() {
      writer.close();
      session.close();
    },
  };
}

/** Writes what runs leave, one run after the other.
 *  @returns what ends when a run is written; its `onComputed` is called when writing begins. */
function oneByOne(
  store: RunStore,
  writer: RunWriter,
): (computed: Computed, fence: Fence, onComputed: () => void) => Promise<CellResult> {
  let writing: Promise<void> = Promise.resolve();
  return async ({ record, curve }, fence, onComputed) => {
    const files = store.files(record, curve);
    await writing.catch(() => undefined); // whose run it was says so
    writing = writer.write(files, fence);
    onComputed();
    await writing;
    removeCheckpoint(store.checkpointFolder(record.id));
    return { state: endingOf(record) };
  };
}

const resultOf = (store: RunStore, { id }: Cell): CellResult => ({ state: endingOf(store.read(id)) });
/** What a cell is trained or tested on. */
const domainsOf = (cell: Cell): readonly string[] => (cell.phase === "meta-train" ? cell.metaTrain : [cell.holdout]);

async function unlessTakenOver(run: () => Promise<CellResult>): Promise<CellResult> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof TakenOver) return { state: "taken over" };
    throw error;
  }
}

/** Whether an error says something of the run, not of all: of the user's input, of the disk or of the machine. */
function isOfOneRun(error: unknown): boolean {
  if (error instanceof Interrupted || error instanceof TakenOver || isSystemError(error)) return false;
  return !(error instanceof UserError) || error.exitCode === EXIT.runFailed;
}

/** What the operating system refuses a run would be refused to every other one here. */
function ofMachine(error: unknown): unknown {
  if (!isSystemError(error)) return error;
  const { message, path = "this machine" } = error;
  const hint = "fix that, then run the same command again; finished runs and checkpoints are kept";
  return new UserError(EXIT.usage, { where: path, given: message, hint }, { cause: error });
}

async function compute(context: RunContext, cell: Cell, startedAt: string): Promise<Computed> {
  if (cell.phase === "meta-train") return runMetaTraining(context, cell);
  const selected = cell.phase === "tune" ? tunePoint(context, cell) : winner(context, cell);
  if (selected === undefined) return { record: skippedRecord(context, cell, startedAt), curve: [] };
  const earlier = cell.phase === "trial" ? takeEarlierTrial(context, cell, selected) : undefined;
  if (earlier !== undefined) return earlier;
  const dependencies = cell.dependsOn.map((id) => context.plan.cells.find((other) => other.id === id)!);
  const source = dependencies.find(({ phase }) => phase === "meta-train");
  const given = givenLearned(rowOf(context.config, cell.method));
  const learned = source ? learnedFor(context, cell, source.id) : given?.values;
  return runTraining(context, cell, selected, learned);
}

/** Reads what a run learned, and checks that it is that run's and fits the model of a cell. */
function learnedFor({ session, store }: RunContext, cell: TuneCell | TrialCell, run: string): LearnedValues {
  const path = store.learnedFile(run);
  const file = readLearned(path);
  if (file.run !== run)
    throw new UserError(EXIT.data, {
      where: path,
      given: `what run ${file.run} learned`,
      accepted: `what run ${run} learned`,
      hint: `delete its folder and ${store.runFolder(run)}, then the same command learns it again`,
    });
  const { parameters } = session.problem(session.domain(cell.holdout));
  checkFits(path, file, methodOf(cell.method), parameters);
  return file.values;
}

/** The best point of a trial's tuning runs, but for what the trial is given. */
function winner({ store, config, plan }: RunContext, cell: TrialCell): Selected {
  const tuning = plan.cells.filter(({ id, phase }) => phase === "tune" && cell.dependsOn.includes(id));
  const records = tuning.map((each) => store.read(each.id, each));
  const { point, gridEdge, margin } = bestPoint(records, config, cell.method);
  const { learningRate = point.learningRate, weightDecay = point.weightDecay } = cell;
  const given = (edge: string): boolean => cell[edge.split(":")[0] as keyof typeof point] !== undefined;
  return {
    learningRate,
    weightDecay,
    gridEdge: gridEdge.filter((edge) => !given(edge)),
    ...(margin !== undefined && { margin }),
  };
}
