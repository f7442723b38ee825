import { pointKey, score, select, type Outcome, type Search } from "./search.js";
import type { Point, Space } from "./space.js";

/** Every combination of the axes' values, learning rates outermost, in the order given. */
export function gridPoints(space: Space): Point[] {
  return space.learningRate.flatMap((learningRate) =>
    space.weightDecay.map((weightDecay) => ({ learningRate, weightDecay })),
  );
}

/** Exhaustive search: asks for every point that was not told yet.
 *  @param chance accuracy of guessing, as a fraction. */
export function grid(space: Space, chance: number): Search {
  const points = gridPoints(space);
  const told: Outcome[] = [];
  return {
    ask() {
      const known = new Set(told.map(({ point }) => pointKey(point)));
      return points.filter((point) => !known.has(pointKey(point)));
    },
    tell: (outcome) => void told.push(outcome),
    winner: () => select(score(told, chance), space),
    trace: () => score(told, chance),
  };
}
