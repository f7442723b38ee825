import type { Score } from "./score.js";
import { AXES, type Axis, type Box, type Space } from "./space.js";

/** The best accuracy at one value of an axis, or in a part of its range; absent where nothing was tried. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly best: number | undefined;
}

/** How much the choice along one axis matters, the other axis being tuned. */
export interface Sensitivity {
  readonly axis: Axis;
  readonly bins: readonly Bin[];
  /** Highest minus lowest of the bins' best. */
  readonly range: number;
}

/** The best accuracy by value of every axis of lists, by decade or so of every axis of a range. */
export function sensitivity(scores: readonly Score[], space: Space | Box): Sensitivity[] {
  return AXES.map((axis) => {
    const bins = binsOf(space[axis]).map(([from, to]) => {
      const inside = scores.filter(({ point }) => from <= point[axis] && point[axis] <= to);
      const best = inside.length === 0 ? undefined : Math.max(...inside.map(({ meanAccuracy }) => meanAccuracy));
      return { from, to, best };
    });
    return { axis, bins, range: rangeOfBest(bins) };
  });
}

/** Highest minus lowest of what bins have; 0 of nothing. */
export function rangeOfBest(bins: readonly Bin[]): number {
  const known = bins.flatMap(({ best }) => best ?? []);
  return known.length === 0 ? 0 : Math.max(...known) - Math.min(...known);
}

/** From and to of every bin, lowest first. */
function binsOf(along: Space[Axis] | Box[Axis]): [number, number][] {
  if (!("from" in along)) return [...along].sort((a, b) => a - b).map((value) => [value, value]);
  const { from, to } = along;
  const count = Math.max(1, Math.round(Math.log10(to / from)));
  const end = (i: number): number => (i === 0 ? from : i === count ? to : from * (to / from) ** (i / count));
  return Array.from({ length: count }, (_, i) => [end(i), end(i + 1)]);
}
