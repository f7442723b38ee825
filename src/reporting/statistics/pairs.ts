import { std } from "../../core/averages.js";
import { areEqual, noiseOf, rounded } from "../../core/noise.js";
import { commonParts, imagesOf } from "../../core/counting.js";

/** Numbers that belong together two by two, as their differences a − b. */
export interface Pairs {
  /** As computed; two equal infinities (both diverged) differ by nothing. */
  readonly differences: readonly number[];
  /** Without rounding noise: what tells which are 0, equal, or larger. */
  readonly comparable: readonly number[];
  /** Sums of differences that are this near are equal: relative to the numbers, which are far larger than their
   *  differences; 0 for whole numbers. */
  readonly noise: number;
  /** Whether all numbers are, not their differences alone. */
  readonly finite: boolean;
}

/** Pairs of numbers. @param unit as of `noiseOf`. @throws RangeError where one side has more. */
export function pairsOf(a: readonly number[], b: readonly number[], unit = 0): Pairs {
  if (a.length !== b.length) throw new RangeError(`${a.length} values cannot be paired with ${b.length}`);
  const all = [...a, ...b];
  const noise = noiseOf(all, unit);
  const differences = a.map((value, i) => (value === b[i] ? 0 : value - b[i]!));
  const comparable = differences.map((one) => rounded(one, noise));
  return { differences, comparable, noise, finite: all.every(Number.isFinite) };
}

/** Pairs of logarithms of numbers that are positive, or infinite: a diverged run stays infinite. */
export const pairsOfLogarithms = (a: readonly number[], b: readonly number[]): Pairs =>
  pairsOf(a.map(Math.log), b.map(Math.log), 1);

/** Mean difference; exactly 0 where the differences cancel out. Undefined of no pairs. */
export function meanDifference({ differences, noise }: Pairs): number | undefined {
  if (differences.length === 0) return undefined;
  const sum = differences.reduce((total, one) => total + one, 0);
  return Math.abs(sum) <= noise ? 0 : sum / differences.length;
}

/** Sample standard deviation of the differences, exactly 0 where they are equal; undefined with infinite ones. */
export const spreadOf = ({ differences, noise }: Pairs): number | undefined =>
  areEqual(differences, noise) ? 0 : std(differences);

/** Percentages of one method in one column. */
export interface Percentages {
  readonly values: ReadonlyMap<unknown, number>;
  /** Parts of a whole of which every value is a whole number: the test images; a diverged run's chance is in parts of its
   *  classes. Absent where unknown, and of what is no percentage. */
  readonly parts?: number;
}

/** The scale that numbers are compared on. */
interface Scale {
  of(value: number): number;
  /** What one of the scale is of the numbers' own. */
  readonly unit: number;
}

/** Percentages of some cells are compared as counts of a part that all have in common, images where they have equally many;
 *  without such counts, and what is no percentage, as they are. */
export function scaleOf(cells: readonly Percentages[]): Scale {
  const held = cells.filter(({ values }) => values.size > 0);
  const parts = commonParts(held.map((cell) => cell.parts));
  if (parts === undefined) return { of: (value) => value, unit: 1 };
  return { of: (percent) => imagesOf(percent / 100, parts), unit: 100 / parts };
}
