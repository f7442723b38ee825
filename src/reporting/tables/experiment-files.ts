import { stringify } from "csv-stringify/sync";
import type { Plan } from "../../records/plan.js";
import type { RunRecord } from "../../records/record.js";
import type { Experiment } from "../experiment.js";
import { csv, csvText as text, type CsvValue as Value } from "../table/csv.js";
import type { Trials } from "../measured/trials.js";
import type { TriedPoint } from "../tuning-trace.js";

const RUN_COLUMNS = [
  ...["run_id", "experiment", "preset", "phase", "method", "meta_train", "dataset", "trial", "seed", "lr", "wd"],
  ...["grid_edge", "epochs", "steps", "val_acc", "test_acc", "last_train_loss", "auc", "ms_mean", "ms_std", "state"],
  ...["wall_s", "data_tag", "data_share", "margin_images", "tied", "numerics"],
];

/** `runs.csv`: a row per run that has a record, in the plan's order; accuracies in percent. `ms_mean` is the mean of the
 *  training steps; their spread is measured by `metamd engine bench` only, so `ms_std` is empty. `data_share` is the share
 *  of data and steps, 0 to 1, that was waited for data. `margin_images` is by how many validation images a trial's point was
 *  ahead of the best other one, `tied` how many others lay within one standard error, so that the training loss decided. */
export function runsCsv({ plan, records }: Experiment): string {
  const rows = [...records.values()].map(({ id, numerics, cell, selected, metrics, counts, timings, state, data }) => [
    ...[id, plan.experiment, plan.preset, cell.phase, cell.method, cell.metaTrain.join(" ")],
    cell.phase === "meta-train" ? undefined : cell.holdout,
    cell.phase === "trial" ? cell.trial : undefined,
    ...[cell.seed, selected?.learningRate, selected?.weightDecay, selected?.gridEdge.join(" ")],
    ...[counts.epochs, counts.steps, percent(metrics.validationAccuracy), percent(metrics.testAccuracy)],
    ...[metrics.lastTrainLoss, metrics.auc],
    counts.steps > 0 ? timings.stepMilliseconds / counts.steps : undefined,
    ...[undefined, state, timings.wallMilliseconds / 1000, data.tag],
    ...[dataShare(timings), selected?.margin?.images, selected?.margin?.tied, numerics],
  ]);
  return csv([RUN_COLUMNS, ...rows]);
}

const TUNING_COLUMNS = [
  ...["method", "dataset", "index", "rung", "lr", "wd", "seeds", "val_acc", "train_loss", "diverged", "at_chance"],
  ...["steps", "wall_s", "acquisition", "winner", "margin_images", "error_images", "tied", "numerics"],
];

/** `tuning.csv`: a row per point that tuning tried, with what it cost; accuracies in percent, means over the seeds. The
 *  three columns before the last say how clearly the winner was chosen. */
export function tuningCsv(points: readonly TriedPoint[], { numerics }: Pick<Plan, "numerics">): string {
  const rows = points.map(({ method, holdout, index, rung, point, runs, ...one }): Value[] => [
    ...[method, holdout, index, rung, point.learningRate, point.weightDecay, runs.length],
    ...[100 * one.accuracy, one.loss, one.diverged, one.atChance, one.steps, one.wallMilliseconds / 1000],
    ...[percent(one.acquisition), one.winner ? 1 : 0],
    ...[one.margin?.images, one.margin?.errorImages, one.margin?.tied, numerics],
  ]);
  return csv([TUNING_COLUMNS, ...rows]);
}

/** `bo_trace.csv`: the searches of Bayesian optimisation without times, so that the same search has the same bytes. */
export function boTraceCsv(points: readonly TriedPoint[], { numerics }: Pick<Plan, "numerics">): string {
  const rows = points.map(({ method, index, point, accuracy, acquisition, holdout }): Value[] => [
    ...[method, index, point.learningRate, point.weightDecay, 100 * accuracy, percent(acquisition), holdout, numerics],
  ]);
  return csv([["method", "iteration", "lr", "wd", "val_acc", "acquisition", "dataset", "numerics"], ...rows]);
}

const CURVE_COLUMNS = ["run_id", "method", "dataset", "trial", "epoch", "step", "train_loss", "test_acc"];

/** `curves.csv`: the curves of all finished trials, a part per run. */
export function* curvesCsv({ store, records }: Experiment): Generator<string> {
  yield csv([[...CURVE_COLUMNS, "wall_s", "numerics"]]);
  for (const { id, numerics, cell, state } of records.values()) {
    if (cell.phase !== "trial" || state === "failed") continue;
    const head = stringify([[id, cell.method, cell.holdout, String(cell.trial)]]).trimEnd();
    const rows = store.curve(id).map((row) => {
      const values = [row.epoch, row.step, row.trainLoss, percent(row.testAccuracy)];
      return `${head},${[...values, seconds(row.wallMilliseconds), numerics].map(text).join(",")}\n`;
    });
    yield rows.join("");
  }
}

/** `accuracy.runs.json`: the runs behind every cell, by method and column. */
export function runsOfCells({ columns, rows }: Trials): string {
  const byMethod = [...rows].map(([method, cells]) => [
    method,
    Object.fromEntries(columns.map(({ title }, i) => [title, cells[i]!.runs])),
  ]);
  return `${JSON.stringify(Object.fromEntries(byMethod), null, 2)}\n`;
}

const dataShare = ({ dataMilliseconds, stepMilliseconds }: RunRecord["timings"]): number | undefined => {
  const whole = dataMilliseconds + stepMilliseconds;
  return whole > 0 ? dataMilliseconds / whole : undefined;
};
const percent = (share: number | undefined): number | undefined => (share === undefined ? undefined : 100 * share);
const seconds = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : milliseconds / 1000;
