import type { Outcome } from "../../src/tuning/score.js";
import type { Search } from "../../src/tuning/search.js";
import { toUnit, type Box, type Point } from "../../src/tuning/space.js";

/** Accuracy of guessing in the landscapes. */
export const CHANCE = 0.1;

/** The specification's box. */
export const BOX: Box = { learningRate: { from: 1e-4, to: 1 }, weightDecay: { from: 1e-6, to: 1e-2 } };

/** A known function of learning rate and weight decay, and its highest value. */
export interface Landscape {
  readonly best: number;
  at(point: Point): Outcome;
}

const landscape = (best: number, accuracy: (u: number, v: number) => number | undefined): Landscape => ({
  best,
  at(point) {
    const [u, v] = toUnit(point, BOX);
    const value = accuracy(u!, v!);
    return { point, validationAccuracy: value ?? CHANCE, loss: value && 1 - value, diverged: value === undefined };
  },
});

/** Branin's function on [-5, 10] x [0, 15], 0.397887 at its three minima, upside down as an accuracy. */
function branin(u: number, v: number): number {
  const [x, y] = [15 * u - 5, 15 * v];
  const value =
    (y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6) ** 2 +
    10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) +
    10;
  return 0.95 - 0.85 * ((value - 0.397887) / 307.731);
}

export const LANDSCAPES = {
  Branin: landscape(0.95, branin),
  /** A narrow ridge across the learning rates, which hardly depends on the weight decay. */
  "ridge in log learning rate": landscape(
    0.95,
    (u, v) => 0.1 + 0.85 * Math.exp(-40 * (u - 0.62) ** 2) - 0.05 * (v - 0.4) ** 2,
  ),
  /** Rises with the learning rate up to where runs diverge, the sooner the more weight decay. */
  "diverging region": landscape(0.1 + 0.8 * 0.75, (u, v) =>
    u > 0.75 - 0.1 * v ? undefined : 0.1 + 0.8 * u - 0.02 * v,
  ),
} satisfies Record<string, Landscape>;

/** Asks and tells until the search is over. @returns the best accuracy. */
export function searchThrough(search: Search, { at }: Landscape): number {
  for (let points = search.ask(); points.length > 0; points = search.ask())
    for (const { learningRate, weightDecay } of points) search.tell(at({ learningRate, weightDecay }));
  return search.winner().meanAccuracy;
}
