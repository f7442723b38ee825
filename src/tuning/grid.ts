import { listed, type Search } from "./search.js";
import type { Point, Space } from "./space.js";

/** Every combination of the axes' values, learning rates outermost, in the order given. */
export function gridPoints(space: Space): Point[] {
  return space.learningRate.flatMap((learningRate) =>
    space.weightDecay.map((weightDecay) => ({ learningRate, weightDecay })),
  );
}

/** Exhaustive search: asks for every point that was not told yet.
 *  @param chance accuracy of guessing, as a fraction. */
export const grid = (space: Space, chance: number): Search => listed(gridPoints(space), space, chance);
