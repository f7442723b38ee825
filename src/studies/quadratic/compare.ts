import { mean, median } from "../../core/averages.js";
import type { DoubleRule } from "./in-double.js";
import type { FamilyName, QuadraticConfig } from "./settings.js";
import { diagonalOf, type QuadraticTask } from "./problem.js";
import type { AnalysisStore } from "../../records/analysis-store.js";
import type { CurveRow } from "../../records/curve.js";
import { pace } from "../../core/interruption.js";
import { quadraticResult, type QuadraticLearning, type QuadraticResult } from "./record.js";
import { isKept, iterationsOn, ruleOf, selectRate, taskOf, type QuadraticMethod } from "./methods.js";
import type { Ground } from "../shared/ground.js";
import type { OwnConfig } from "../shared/own-config.js";
import { beginAnalysis } from "../shared/begin.js";

/** What is compared. */
interface Compared {
  readonly method: QuadraticMethod;
  readonly variant: QuadraticResult["variant"];
  readonly id: string;
  /** All that decides its numbers. */
  readonly settings: Record<string, unknown>;
}

/** Chooses a method's learning rate on meta-training tasks where its grid has several, runs it on the test tasks, and
 *  writes the analysis. @throws Interrupted: it begins anew then. */
export async function compareMethod(
  config: OwnConfig<QuadraticConfig>,
  store: AnalysisStore,
  { family, preconditioner }: QuadraticLearning,
  { method, variant, id, settings }: Compared,
  { signal, progress }: Pick<Ground, "signal" | "progress">,
): Promise<QuadraticResult> {
  const { test, baselines } = config.value;
  const { head } = beginAnalysis(quadraticResult, config, { id, settings });
  const rest = pace(signal);
  const grid = settings.learningRates as number[];
  const chosenOn = grid.length > 1 ? grid.length * baselines.selectionTasks : 0;
  let at = 0;
  progress.begin(`${method}, ${family}, ${variant}`, chosenOn + test.tasks);
  const after = async (label: string): Promise<void> => {
    progress.at(++at, label);
    await rest();
  };
  const ruleAt = (rate: number): DoubleRule => ruleOf(method, rate, preconditioner);
  const learningRate = grid.length === 1 ? grid[0]! : await chooseRate(config.value, family, grid, ruleAt, after);
  const { rows, trajectory } = await runOnTestTasks(
    config.value,
    family,
    () => ruleAt(learningRate),
    () => after(`learning rate ${learningRate}`),
  );
  const iterations = rows.map((row) => row.iterations);
  const record: QuadraticResult = {
    ...head(),
    family,
    method,
    variant,
    learningRate,
    tasks: rows.length,
    converged: rows.filter(({ converged }) => converged === 1).length,
    meanIterations: mean(iterations),
    medianIterations: median(iterations),
    problem: pictured(taskOf(config.value, family, "meta-test", 0)),
  };
  store.write(quadraticResult, record, { tasks: rows, trajectory });
  return record;
}

const pictured = (task: QuadraticTask): QuadraticResult["problem"] => ({ q: [...diagonalOf(task)!], b: [...task.b] });

/** The learning rate of a grid that takes the fewest iterations on meta-training tasks.
 *  @param after is called after each task. */
const chooseRate = (
  config: QuadraticConfig,
  family: FamilyName,
  grid: readonly number[],
  ruleAt: (rate: number) => DoubleRule,
  after: (label: string) => Promise<void>,
): Promise<number> =>
  selectRate(grid, async (rate) => {
    const { selectionTasks } = config.baselines;
    let sum = 0;
    for (let number = 0; number < selectionTasks; number++) {
      const task = taskOf(config, family, "meta-train", number);
      sum += iterationsOn(task, ruleAt(rate), config.test).iterations;
      await after(`learning rate ${rate}`);
    }
    return sum / selectionTasks;
  });

interface TaskRow extends CurveRow {
  readonly task: number;
  readonly iterations: number;
  /** 0 or 1. */
  readonly converged: number;
}

/** A row per test task, and the way through the first one.
 *  @param freshRule makes one for each task. @param after is called after each. */
async function runOnTestTasks(
  config: QuadraticConfig,
  family: FamilyName,
  freshRule: () => DoubleRule,
  after: () => Promise<void>,
): Promise<{ rows: TaskRow[]; trajectory: CurveRow[] }> {
  const { test } = config;
  const rows: TaskRow[] = [];
  const trajectory: CurveRow[] = [];
  for (let number = 0; number < test.tasks; number++) {
    const task = taskOf(config, family, "meta-test", number);
    let last: CurveRow = {};
    const onPoint = (step: number, [x, y]: Float64Array): void => {
      last = { step, x, y };
      if (isKept(step)) trajectory.push(last);
    };
    const { iterations, converged } = iterationsOn(task, freshRule(), test, number === 0 ? onPoint : undefined);
    if (number === 0 && trajectory.at(-1) !== last) trajectory.push(last);
    rows.push({ task: number, iterations, converged: Number(converged) });
    await after();
  }
  return { rows, trajectory };
}
