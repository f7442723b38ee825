import { mean, std } from "../../core/averages.js";
import { areEqual } from "../../core/noise.js";
import { namedStream } from "../../core/rng.js";
import { normalQuantile, normalTail, tCritical } from "./distributions.js";

/** Ends of a confidence interval. */
export type Interval = readonly [low: number, high: number];

/** Fewest values whose bootstrap interval is shown: of fewer it covers the mean too seldom, as `docs/statistics.md` has it. */
export const FEWEST_RESAMPLED = 15;
/** Resamples of a bootstrap. */
const RESAMPLES = 9_999;

/** Confidence interval of a mean by Student's t: x̄ ± t_(n−1) s / √n. Undefined for fewer than two values or infinite ones. */
export function tInterval(values: readonly number[], level = 0.95): Interval | undefined {
  const spread = std(values);
  if (spread === undefined) return undefined;
  const [centre, half] = [mean(values), (tCritical(level, values.length - 1) * spread) / Math.sqrt(values.length)];
  return [centre - half, centre + half];
}

/** Confidence interval of a mean by the bootstrap, bias-corrected and accelerated (BCa), from 9,999 resamples of a seeded
 *  stream: the same values give the same interval. Of few values it is too short, as every bootstrap is. Undefined for
 *  fewer than two values or infinite ones.
 *  Source: Efron 1987. */
export function bootstrapInterval(values: readonly number[], level = 0.95, seed = 0): Interval | undefined {
  if (std(values) === undefined) return undefined;
  if (areEqual(values)) return [values[0]!, values[0]!];
  const uniform = namedStream(seed, "bootstrap", values.length);
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[Math.floor(uniform() * values.length)]!;
    return sum / values.length;
  });
  return bcaInterval(values, means, level);
}

/** The BCa interval of a mean, given the means of resamples: the percentiles Φ(z₀ + (z₀ ± z) / (1 − a (z₀ ± z))), where z₀
 *  corrects the bias of the resamples and a, from leaving every value out once, the skewness.
 *  Source: scipy.stats.bootstrap(method="BCa"); a mean within rounding of the sample's own counts as equal to it.
 *  @internal Exported for tests. */
export function bcaInterval(values: readonly number[], means: readonly number[], level: number): Interval {
  const n = values.length;
  const centre = mean(values);
  const near = 1e-12 * Math.max(...values.map(Math.abs));
  const count = (of: (one: number) => boolean): number => means.filter(of).length;
  const below = count((one) => one < centre - near) + count((one) => one <= centre + near);
  const z0 = normalQuantile(below / (2 * means.length));
  const pulls = values.map((value) => value - centre);
  const moment = (power: number): number => pulls.reduce((sum, pull) => sum + pull ** power, 0) / n ** power;
  const acceleration = moment(3) / moment(2) ** 1.5 / 6;
  const sorted = [...means].sort((x, y) => x - y);
  const end = (z: number): number => percentile(sorted, 1 - normalTail(z0 + (z0 + z) / (1 - acceleration * (z0 + z))));
  const z = normalQuantile((1 - level) / 2);
  return [end(z), end(-z)];
}

/** The value at a share of sorted ones, linear between two. */
function percentile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const [a, b] = [sorted[low]!, sorted[Math.min(low + 1, sorted.length - 1)]!];
  return a + (b - a) * (place - low);
}
