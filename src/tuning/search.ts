import { pointKey, score, type Outcome, type Score } from "./score.js";
import { select, type Winner } from "./select.js";
import type { Box, Point, Space } from "./space.js";

/** A point that a search asks for. */
export interface Proposal extends Point {
  /** What made the search choose it: an upper bound of the validation accuracy, as a fraction. */
  readonly acquisition?: number;
}

/** A search strategy: asked for points until it has none left, told what they came to. */
export interface Search {
  /** The points to run next; none when the search is over. */
  ask(): readonly Proposal[];
  /** @param outcome of one run; a point may have several, one per seed. */
  tell(outcome: Outcome): void;
  /** The best point told so far. @throws Error when nothing was told. */
  winner(): Winner;
  /** Every point told, in the order of the first telling. */
  trace(): readonly Score[];
}

/** A search of points that are known before any was run. @param chance accuracy of guessing, as a fraction. */
export function listed(points: readonly Point[], space: Space | Box, chance: number): Search {
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
