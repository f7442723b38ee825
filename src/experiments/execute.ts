import { timestamp } from "../core/clock.js";
import { EXIT, Interrupted, UserError } from "../core/errors.js";
import type { ProgressReporter } from "../core/progress.js";
import type { ResolvedConfig } from "../config/load.js";
import { tuningSpace } from "../config/suite.js";
import type { MethodId } from "../optimisers/index.js";
import type { LearnedValues } from "../optimisers/optimiser.js";
import type { Engine } from "../engine/engine.js";
import type { MatrixView } from "../engine/parameters.js";
import type { Cell, Plan, TrialCell, TuneCell } from "../records/plan.js";
import type { RunStore } from "../records/store.js";
import { checkLearned, readLearned } from "../records/learned.js";
import { grid } from "../tuning/grid.js";
import { cellSteps } from "./resolve.js";
import { failedRecord } from "./provenance.js";
import { runMetaTraining } from "./run-meta-training.js";
import { runTraining, type Selected } from "./run-training.js";
import { openSession, type RunContext } from "./session.js";

/** What became of the cells of one call. */
export interface Outcome {
  readonly done: number;
  readonly alreadyDone: number;
  readonly diverged: number;
  /** Runs that went wrong, and those that need one of them. */
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
}

export interface Surroundings {
  readonly engine: Engine;
  readonly dataFolder: string;
  readonly signal: AbortSignal;
  readonly progress: ProgressReporter;
}

/** Runs the cells that are not finished yet, in order. A cell that fails is recorded as failed and the others go on;
 *  a cell that depends on a failed one fails too.
 *  @throws Interrupted after a checkpoint. */
export async function execute(
  plan: Plan,
  cells: readonly Cell[],
  config: ResolvedConfig,
  store: RunStore,
  { engine, dataFolder, signal, progress }: Surroundings,
): Promise<Outcome> {
  const todo = cells.filter(({ id }) => !store.has(id));
  const failed: { id: string; reason: string }[] = [];
  let diverged = 0;
  let steps = 0;
  let label = "";
  const session = openSession(config, engine, dataFolder);
  const onStep = (): void => progress.at(++steps, label);
  const context: RunContext = { session, config, plan, store, signal, onStep };
  progress.begin(
    plan.experiment,
    todo.reduce((sum, cell) => sum + cellSteps(config, cell), 0),
  );
  try {
    for (const [index, cell] of todo.entries()) {
      const broken = cell.dependsOn.find((id) => failed.some((other) => other.id === id));
      if (broken !== undefined) {
        failed.push({ id: cell.id, reason: `needs run ${broken}, which failed` });
        continue;
      }
      label = `${index + 1}/${todo.length} ${cell.phase} ${cell.method} ${cell.holdout ?? ""}`;
      const startedAt = timestamp();
      try {
        await runCell(context, cell);
        if (store.read(cell.id).state === "diverged") diverged++;
      } catch (error) {
        const ofOneRun = !(error instanceof UserError) || error.exitCode === EXIT.runFailed;
        if (error instanceof Interrupted || !ofOneRun) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        failed.push({ id: cell.id, reason });
        store.write(failedRecord(context, cell, startedAt, reason), []);
      }
    }
  } finally {
    progress.end();
    session.close();
  }
  return { done: todo.length - failed.length, alreadyDone: cells.length - todo.length, diverged, failed };
}

async function runCell(context: RunContext, cell: Cell): Promise<void> {
  if (cell.phase === "meta-train") return runMetaTraining(context, cell);
  const { store, plan } = context;
  const dependencies = cell.dependsOn.map((id) => plan.cells.find((other) => other.id === id)!);
  const source = dependencies.find(({ phase }) => phase === "meta-train");
  const learned = source && learnedFor(context, cell, store.learnedFile(source.id));
  await runTraining(context, cell, cell.phase === "tune" ? asGiven(cell) : winner(context, cell), learned);
}

/** Reads what was learned, and checks that it fits the model of a cell. */
function learnedFor({ session }: RunContext, cell: TuneCell | TrialCell, path: string): LearnedValues {
  const file = readLearned(path);
  const { parameters } = session.problem(session.domain(cell.holdout));
  const blocks = Object.entries(parameters).filter(
    ([name, { matrix, head }]) => matrix !== undefined && (!head || Object.hasOwn(file.blocks, name)),
  );
  checkLearned(path, file, Object.fromEntries(blocks.map(([name, { matrix }]) => [name, matrixSize(matrix!)])));
  return file.values;
}

const matrixSize = ({ rows, columns }: MatrixView): { rows: number; columns: number } => ({ rows, columns });

const asGiven = ({ learningRate, weightDecay }: TuneCell): Selected => ({ learningRate, weightDecay, gridEdge: [] });

/** The best point of a trial's tuning runs. */
function winner({ store, config }: RunContext, cell: TrialCell): Selected {
  const records = cell.dependsOn.map((id) => store.read(id)).filter((record) => record.cell.phase === "tune");
  const search = grid(tuningSpace(config, cell.method as MethodId), records[0]!.metrics.chance);
  for (const { selected, metrics, state } of records) {
    const { learningRate, weightDecay } = selected!;
    search.tell({
      point: { learningRate, weightDecay },
      validationAccuracy: metrics.validationAccuracy,
      loss: metrics.lastTrainLoss,
      diverged: state === "diverged",
    });
  }
  const { point, gridEdge } = search.winner();
  return { ...point, gridEdge: [...gridEdge] };
}
