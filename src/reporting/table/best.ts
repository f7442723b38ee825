import { withoutNoise } from "../../core/noise.js";

/** Which means of a column are its best: several where they are equal, rounding aside; none while there are fewer than two
 *  finite ones to choose from. */
export function areBest(
  means: readonly (number | undefined)[],
  better: "higher" | "lower" | undefined,
): readonly boolean[] {
  const comparable = withoutNoise(means.map((mean) => mean ?? NaN));
  const known = comparable.filter(Number.isFinite);
  if (better === undefined || known.length < 2) return means.map(() => false);
  const best = Math[better === "higher" ? "max" : "min"](...known);
  return comparable.map((value) => value === best);
}
