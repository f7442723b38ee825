import type { Prediction } from "./gaussian-process.js";

/** Upper confidence bound, μ + √β σ, of the noise-free function.
 *  Source: pytorch/botorch, botorch/acquisition/analytic.py. */
export const upperConfidenceBound = ({ mean, variance }: Prediction, beta: number): number =>
  mean + Math.sqrt(beta * variance);

/** A place with its value. */
export interface Valued {
  readonly x: readonly number[];
  readonly value: number;
}

/** Candidates whose neighbourhood is searched. */
const REFINED = 5;
/** First and last step of that search. */
const [WIDEST, FINEST] = [1 / 32, 2 ** -20];

/** Maximisers of a function on the unit cube, best first: the best candidates, climbed from, then all candidates.
 *  @param movable axes that a climb may move along. */
export function maximisers(
  of: (x: readonly number[]) => number,
  candidates: readonly (readonly number[])[],
  movable: readonly number[],
): Valued[] {
  const raw = candidates.map((x): Valued => ({ x, value: of(x) })).sort(byValue);
  const refined = raw.slice(0, REFINED).map((start) => climb(of, start, movable));
  return [...refined.sort(byValue), ...raw];
}

/** Coordinate pattern search: takes the best of the steps along the axes, and halves the step where none leads up. */
function climb(of: (x: readonly number[]) => number, start: Valued, movable: readonly number[]): Valued {
  let best = start;
  for (let step = WIDEST; step >= FINEST;) {
    const around = movable.flatMap((d) =>
      [step, -step].map((by): Valued => {
        const x = best.x.map((value, i) => (i === d ? Math.min(1, Math.max(0, value + by)) : value));
        return { x, value: of(x) };
      }),
    );
    const [highest] = around.sort(byValue);
    if (highest !== undefined && highest.value > best.value) best = highest;
    else step /= 2;
  }
  return best;
}

const byValue = (a: Valued, b: Valued): number => b.value - a.value;
