import { withoutNoise } from "../../core/noise.js";
import { scaleOf, meanDifference, pairsOf, pairsOfLogarithms } from "../statistics/pairs.js";
import { cohenDz, rankBiserial } from "../statistics/effect-sizes.js";
import { holm } from "../statistics/holm.js";
import { bootstrapInterval, FEWEST_RESAMPLED, tInterval, type Interval } from "../statistics/intervals.js";
import { pairedT } from "../statistics/t-tests.js";
import { FEWEST_PAIRS, tooFewPairs, type TestResult } from "../statistics/test-result.js";
import { wilcoxon } from "../statistics/wilcoxon.js";
import type { Plan } from "../../records/plan.js";
import { titleOf } from "../experiment.js";
import { averageOf, rankTrials, type TrialRanks, type Trials } from "../measured/trials.js";

/** One method against the best baseline, in one column or over all. */
export interface BaselineTest {
  readonly method: string;
  readonly title: string;
  /** Absent over all columns. */
  readonly column?: string;
  readonly pairs: number;
  /** Mean of method − baseline; of areas the geometric mean of method / baseline, and infinite where it has no end. */
  readonly difference: number | undefined;
  /** Two-sided. */
  readonly wilcoxon: TestResult;
  readonly pairedT: TestResult;
  /** Corrected by Holm for the methods that are compared. */
  readonly wilcoxonHolm: number | undefined;
  readonly pairedTHolm: number | undefined;
  readonly dz: number | undefined;
  readonly rankBiserial: number | undefined;
}

/** 95 % confidence intervals of a cell's mean: Student's, and beside it the bootstrap's from 15 values on. */
interface CellInterval {
  readonly method: string;
  readonly title: string;
  readonly column: string;
  readonly n: number;
  readonly mean: number | undefined;
  readonly t: Interval | undefined;
  readonly bootstrap: Interval | undefined;
}

/** What the trials of one experiment say of differences between methods. */
export interface BaselineComparison {
  readonly trials: Trials;
  /** The best mean of the methods that are not learned; absent where none has an average. */
  readonly baseline: { readonly method: string; readonly title: string } | undefined;
  /** Over trials and columns, a row per other method. */
  readonly overall: readonly BaselineTest[];
  /** Over trials, a row per other method and column. */
  readonly byColumn: readonly BaselineTest[];
  readonly intervals: readonly CellInterval[];
  readonly ranks: TrialRanks;
}

/** Methods of a plan that were learned from other domains. */
export const learnedMethods = ({ cells }: Plan): ReadonlySet<string> =>
  new Set(cells.flatMap((cell) => (cell.phase === "meta-train" || cell.metaTrain.length > 0 ? [cell.method] : [])));

/** Sets every method of an experiment against the best baseline, trial by trial: trials of one number share weights and batches.
 *  Areas are compared on logarithms, so that a column of large ones does not decide alone. */
export function compareWithBaseline(trials: Trials): BaselineComparison {
  const { columns, rows, experiment } = trials;
  const best = bestBaseline(trials);
  const others = best === undefined ? [] : [...rows.keys()].filter((method) => method !== best);
  const places = columns.map((_column, i) => i);
  return {
    trials,
    baseline: best === undefined ? undefined : { method: best, title: titleOf(experiment.plan, best) },
    overall: corrected(others.map((method) => test(trials, method, best!, places))),
    byColumn: places.flatMap((i) =>
      corrected(others.map((method) => test(trials, method, best!, [i], columns[i]!.title))),
    ),
    intervals: [...rows].flatMap(([method, cells]) =>
      cells.map(({ values, mean }, i) => {
        const title = titleOf(experiment.plan, method);
        const all = [...values.values()];
        const bootstrap = all.length < FEWEST_RESAMPLED ? undefined : bootstrapInterval(all);
        return { method, title, column: columns[i]!.title, n: all.length, mean, t: tInterval(all), bootstrap };
      }),
    ),
    ranks: rankTrials(trials),
  };
}

function bestBaseline(trials: Trials): string | undefined {
  const learned = learnedMethods(trials.experiment.plan);
  const known = [...trials.rows.keys()].flatMap((method) => {
    const { mean } = averageOf(trials, method);
    return learned.has(method) || mean === undefined ? [] : [{ method, mean }];
  });
  const averages = withoutNoise(known.map(({ mean }) => mean));
  return known[averages.indexOf(Math[trials.metric.higherIsBetter ? "max" : "min"](...averages))]?.method;
}

type Uncorrected = Omit<BaselineTest, "wilcoxonHolm" | "pairedTHolm">;

function test(
  { metric, rows, experiment }: Trials,
  method: string,
  baseline: string,
  places: readonly number[],
  column?: string,
): Uncorrected {
  const [own, others] = [rows.get(method)!, rows.get(baseline)!];
  const pairs = places.flatMap((i) =>
    [...own[i]!.values].flatMap(([trial, value]) => {
      const other = others[i]!.values.get(trial);
      return other === undefined ? [] : [[value, other] as const];
    }),
  );
  const onLogs = metric.id === "auc";
  const scale = scaleOf(places.flatMap((i) => [own[i]!, others[i]!]));
  const [a, b] = ([0, 1] as const).map((side) => pairs.map((pair) => scale.of(pair[side]))) as [number[], number[]];
  const compared = onLogs ? pairsOfLogarithms(a, b) : pairsOf(a, b);
  const difference = meanDifference(compared);
  const few = pairs.length < FEWEST_PAIRS;
  return {
    method,
    title: titleOf(experiment.plan, method),
    ...(column !== undefined && { column }),
    pairs: pairs.length,
    difference:
      difference === undefined || Number.isNaN(difference)
        ? undefined
        : onLogs
          ? Math.exp(difference)
          : difference * scale.unit,
    wilcoxon: few ? tooFewPairs("Wilcoxon signed-rank test", pairs.length) : wilcoxon(compared, "two-sided"),
    pairedT: few ? tooFewPairs("paired t test", pairs.length) : pairedT(compared, "two-sided"),
    dz: few ? undefined : cohenDz(compared),
    rankBiserial: few ? undefined : rankBiserial(compared),
  };
}

function corrected(tests: readonly Uncorrected[]): BaselineTest[] {
  const [ranked, t] = [holm(tests.map(({ wilcoxon }) => wilcoxon.p)), holm(tests.map(({ pairedT }) => pairedT.p))];
  return tests.map((one, i) => ({ ...one, wilcoxonHolm: ranked[i], pairedTHolm: t[i] }));
}
