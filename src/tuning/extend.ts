import type { Score } from "./score.js";
import { select } from "./select.js";
import { AXES, type Axis, type Edge, type Point, type Space } from "./space.js";

/** Values that a grid may grow by in all. */
export const EXTENSIONS = 3;

/** A grid with the values that were tried beyond it. */
export function widened(space: Space, tried: readonly Point[]): Space {
  const along = (axis: Axis): number[] => [...new Set([...space[axis], ...tried.map((point) => point[axis])])];
  return { learningRate: along("learningRate"), weightDecay: along("weightDecay") };
}

/** The next point when the best one lies on the edge of its grid: one value further out, in the ratio of the two values
 *  there, along the other axis where it is. The learning rate goes first; a list of one value, or one that ends at 0, has
 *  no ratio. @param scores of the grid and of what was tried beyond it. @returns undefined when the best lies inside. */
export function nextBeyond(space: Space, scores: readonly Score[]): Point | undefined {
  const wide = widened(
    space,
    scores.map(({ point }) => point),
  );
  const { point, gridEdge } = select(scores, wide);
  const [beyond] = gridEdge.flatMap((edge) => {
    const { axis, value } = further(wide, edge);
    return value === undefined ? [] : [{ ...point, [axis]: value }];
  });
  return beyond;
}

function further(space: Space, edge: Edge): { readonly axis: Axis; readonly value: number | undefined } {
  const axis = AXES.find((name) => edge.startsWith(name))!;
  const sorted = [...space[axis]].sort((a, b) => a - b);
  if (edge.endsWith("high")) sorted.reverse();
  const [outermost, next] = sorted as [number, number];
  const value = outermost > 0 && next > 0 ? Number((outermost * (outermost / next)).toPrecision(12)) : undefined;
  return { axis, value };
}
