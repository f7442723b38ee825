import { mean } from "../../core/averages.js";
import type { CurveRow } from "../../records/curve.js";
import type { RunRecord } from "../../records/record.js";
import type { TrialCell } from "../../records/plan.js";
import type { Experiment } from "../experiment.js";

/** What the horizontal axis of a learning curve counts. */
export type CurveAxis = "step" | "epoch" | "time";

/** Windows that a curve is drawn of: at least, and at most. */
const WINDOWS = { least: 20, most: 200 } as const;

/** A trial's training curve, its mini-batch losses averaged over windows of steps. */
interface WindowedCurve {
  readonly windowSteps: number;
  /** At the last step of every window. */
  readonly at: Readonly<Record<CurveAxis, Float64Array>>;
  readonly losses: Float64Array;
  readonly diverged: boolean;
}

/** Steps of a window: those of the AUC's, made shorter where a run has too few of them to draw, and longer where more than can
 *  be seen. */
function windowStepsOf({ counts, config }: RunRecord): number {
  const { steps, aucWindowSteps } = (config["training"] ?? {}) as { steps?: unknown; aucWindowSteps?: number };
  const inEpochs = typeof steps === "string" && counts.epochs > 0;
  const planned = typeof steps === "number" ? steps : counts.steps;
  const own = Math.max(1, inEpochs ? Math.round(counts.steps / counts.epochs) : (aucWindowSteps ?? 1));
  if (planned / own < WINDOWS.least) return Math.max(1, Math.min(own, Math.floor(planned / WINDOWS.least)));
  return own * Math.ceil(planned / own / WINDOWS.most);
}

const caches = new WeakMap<Experiment, Map<string, WindowedCurve>>();

/** A trial's curve; what is kept of it is small, and is kept for the other figures. */
export function windowedCurve(experiment: Experiment, record: RunRecord): WindowedCurve {
  const cache = caches.get(experiment) ?? new Map<string, WindowedCurve>();
  caches.set(experiment, cache);
  let curve = cache.get(record.id);
  if (curve === undefined) cache.set(record.id, (curve = windowed(record, experiment.store.curve(record.id))));
  return curve;
}

/** Averages a curve over windows of steps. A window that a diverged run did not fill is left out. */
function windowed(record: RunRecord, rows: readonly CurveRow[]): WindowedCurve {
  const windowSteps = windowStepsOf(record);
  const diverged = record.state === "diverged";
  const windows: { last: CurveRow; sum: number; rows: number }[] = [];
  for (const row of rows) {
    const index = Math.ceil(row["step"]! / windowSteps) - 1;
    const window = (windows[index] ??= { last: row, sum: 0, rows: 0 });
    window.last = row;
    window.sum += row["trainLoss"]!;
    window.rows++;
  }
  const full = windows.filter(
    ({ last, sum }) => !diverged || (last["step"]! % windowSteps === 0 && Number.isFinite(sum)),
  );
  const column = (of: (window: (typeof full)[number]) => number): Float64Array => Float64Array.from(full, of);
  return {
    windowSteps,
    diverged,
    at: {
      step: column(({ last }) => last["step"]!),
      epoch: column(({ last }) => last["epoch"]!),
      time: column(({ last }) => last["wallMilliseconds"]! / 1000),
    },
    losses: column(({ sum, rows }) => sum / rows),
  };
}

/** A place of the mean of several curves. */
interface MeanPoint extends Readonly<Record<CurveAxis, number>> {
  readonly mean: number;
  readonly std: number | undefined;
  readonly low: number;
  readonly high: number;
}

/** The mean of a method's curves. */
export interface MeanCurve {
  readonly method: string;
  readonly runs: number;
  readonly planned: number;
  /** Runs that diverged; the mean ends where the first of them did. */
  readonly diverged: number;
  readonly points: readonly MeanPoint[];
}

/** Finished trials of a method on some holdouts, and how many are planned. */
export function trialsOf(
  { plan, records }: Experiment,
  method: string,
  holdouts: readonly string[],
): { readonly records: readonly RunRecord[]; readonly planned: number } {
  const cells = plan.cells.filter(
    (cell): cell is TrialCell => cell.phase === "trial" && cell.method === method && holdouts.includes(cell.holdout),
  );
  const finished = cells.flatMap(({ id }) => {
    const record = records.get(id);
    return record !== undefined && (record.state === "done" || record.state === "diverged") ? [record] : [];
  });
  return { records: finished, planned: cells.length };
}

/** Mean, sample standard deviation and extremes of the training losses over runs, window by window; x is the mean of the
 *  runs' too. Where a run ends, by divergence or length, the mean ends. */
export function meanLoss(experiment: Experiment, method: string, holdouts: readonly string[]): MeanCurve {
  const { records, planned } = trialsOf(experiment, method, holdouts);
  const curves = records.map((record) => windowedCurve(experiment, record));
  const shortest = curves.length === 0 ? 0 : Math.min(...curves.map(({ losses }) => losses.length));
  const points = Array.from({ length: shortest }, (_none, i): MeanPoint => {
    const { mean, std, low, high } = spreadOf(curves.map(({ losses }) => losses[i]!));
    const at = (axis: CurveAxis): number => spreadOf(curves.map((curve) => curve.at[axis][i]!)).mean;
    return { step: at("step"), epoch: at("epoch"), time: at("time"), mean, std, low, high };
  });
  return { method, runs: curves.length, planned, diverged: curves.filter(({ diverged }) => diverged).length, points };
}

/** Mean, sample standard deviation and extremes of at least one value. */
export function spreadOf(values: readonly number[]): {
  mean: number;
  std: number | undefined;
  low: number;
  high: number;
} {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return {
    mean: centre,
    std: values.length < 2 ? undefined : Math.sqrt(squares / (values.length - 1)),
    low: Math.min(...values),
    high: Math.max(...values),
  };
}
