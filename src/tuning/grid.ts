import type { Point, Space } from "./space.js";

/** Every combination of the axes' values, learning rates outermost, in the order given. */
export function gridPoints(space: Space): Point[] {
  return space.learningRate.flatMap((learningRate) =>
    space.weightDecay.map((weightDecay) => ({ learningRate, weightDecay })),
  );
}
