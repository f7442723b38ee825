import { meanIfAny } from "../../core/averages.js";
import { meanOf, type MeasuredCell } from "../measured/measurements.js";
import { withoutNoise } from "../../core/noise.js";
import { scaleOf, pairsOf, pairsOfLogarithms } from "../statistics/pairs.js";
import { cohenDz, rankBiserial } from "../statistics/effect-sizes.js";
import { signFlip } from "../statistics/sign-flip.js";
import { welchOfGroups, type Group } from "../statistics/t-tests.js";
import { FEWEST_PAIRS, logarithms, tooFewPairs, type Alternative, type TestResult } from "../statistics/test-result.js";
import type { ClaimMetric } from "./paper-results.js";

/** Metrics that are tested on logarithms: their ratios, not their differences, are alike over the columns. */
const ON_LOGS: readonly ClaimMetric[] = ["train_loss_auc", "time_per_iteration", "lambda_max"];

/** One method set against another, over all columns that count. */
export interface Contrast {
  readonly a: string;
  readonly b: string;
  /** What is claimed of a. */
  readonly claimed: "greater" | "less";
  /** One-sided, for what is claimed. */
  readonly test: TestResult;
  /** One-sided, for the opposite. */
  readonly reverse: TestResult;
  /** Pairs over trials and columns; 0 where only means and spreads were kept. */
  readonly pairs: number;
  /** Of a − b, on the scale of the test. */
  readonly effect?: { readonly name: "d_z"; readonly value: number };
  readonly rankBiserial?: number;
  readonly onLogs: boolean;
}

/** Tests a claim that a is greater, or less, than b times a factor: sign flips over the pairs of trials and columns, on
 *  logarithms for areas, times and eigenvalues where all are positive; fewer than five pairs tell nothing. Where only means
 *  and spreads are known, Welch's t test: the spread of a logarithm is then taken to be s / x̄.
 *  @param cells of a and b in the columns that count, in the same order. */
export function contrastMethods(
  [a, b]: readonly [string, string],
  cells: readonly [readonly MeasuredCell[], readonly MeasuredCell[]],
  claimed: Contrast["claimed"],
  metric: ClaimMetric,
  factor = 1,
): Contrast {
  const positive = cells.flat().every(({ values }) => [...values.values()].every((value) => value > 0));
  const onLogs = ON_LOGS.includes(metric) && positive;
  const scale = scaleOf(cells.flat());
  const scaled = (values: readonly number[], by: number): number[] => values.map((value) => scale.of(value) * by);
  const paired = cells[0].flatMap((cell, i) =>
    [...cell.values].flatMap(([key, value]) => {
      const other = cells[1][i]!.values.get(key);
      return other === undefined ? [] : [[value, other] as const];
    }),
  );
  const x = scaled(
    paired.map(([one]) => one),
    1,
  );
  const y = scaled(
    paired.map(([, other]) => other),
    factor,
  );
  const pairs = onLogs ? pairsOfLogarithms(x, y) : pairsOf(x, y);
  const summaries = [cells[0][0]?.summary, cells[1][0]?.summary] as const;
  const opposite = claimed === "greater" ? "less" : "greater";
  const few = paired.length < FEWEST_PAIRS;
  const run = (alternative: Alternative): TestResult => {
    if (summaries[0] !== undefined && summaries[1] !== undefined)
      return welchOfGroups(logGroup(summaries[0], 1, onLogs), logGroup(summaries[1], factor, onLogs), alternative);
    return few ? tooFewPairs("sign-flip permutation test", paired.length) : signFlip(pairs, alternative);
  };
  const size = few ? undefined : cohenDz(pairs);
  const ranked = few ? undefined : rankBiserial(pairs);
  return {
    a,
    b,
    claimed,
    test: run(claimed),
    reverse: run(opposite),
    pairs: paired.length,
    onLogs,
    ...(size !== undefined && { effect: { name: "d_z", value: size } }),
    ...(ranked !== undefined && { rankBiserial: ranked }),
  };
}

const logGroup = ({ mean, std, n }: Group, factor: number, onLogs: boolean): Group =>
  onLogs ? { mean: Math.log(mean * factor), std: std / mean, n } : { mean: mean * factor, std: std * factor, n };

/** The method with the best values, on the scale of the test: the mean over columns of their means, or of their logarithms;
 *  with infinite ones, the fewer of them the better. */
export function strongest(
  rows: ReadonlyMap<string, readonly MeasuredCell[]>,
  metric: ClaimMetric,
  higherIsBetter: boolean,
): string | undefined {
  const scores = [...rows].map(([method, cells]) => {
    const means = cells.map((cell) => meanOf(cell)!);
    const onLogs = ON_LOGS.includes(metric) && means.every((value) => value > 0);
    const finite = (onLogs ? logarithms(means) : means).filter(Number.isFinite);
    return { method, infinite: means.length - finite.length, score: meanIfAny(finite) ?? Infinity };
  });
  const sign = higherIsBetter ? -1 : 1;
  const first = Math.min(...scores.map(({ infinite }) => sign * infinite));
  const left = scores.filter(({ infinite }) => sign * infinite === first);
  const comparable = withoutNoise(left.map(({ score }) => sign * score));
  return left[comparable.indexOf(Math.min(...comparable))]?.method;
}
