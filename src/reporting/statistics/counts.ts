import { commonParts, imagesOf } from "../../core/counting.js";

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
