import { inEpochs, type Length } from "../../config/length.js";
import type { ResolvedConfig } from "../../config/load.js";
import { tuningBox, tuningSpace } from "../../config/tuning.js";
import { EXTENSIONS, widened } from "../../tuning/extend.js";
import { rungs, type Rung } from "../../tuning/halving.js";
import { type Box, gridPoints, type Point, type Space } from "../../tuning/space.js";
import { knownPoints, type BoxSearch } from "../../tuning/strategies.js";

/** One point of a method's search on one holdout, as a plan knows it; it is run once per tuning seed. */
export interface Slot {
  /** Absent where it depends on earlier runs. */
  readonly point?: Point;
  /** Absent in a grid without early stopping, whose points say all. */
  readonly search?: { readonly index: number; readonly rung?: number; readonly steps?: number };
  /** Earlier slots that have to be finished before it. */
  readonly after: readonly number[];
  readonly steps: Length;
  /** What decides its point, or whether it is run, besides the runs before it. */
  readonly definition?: object;
}

/** Every slot of a method's search, in the order in which they are run. */
export function tuningSlots(config: ResolvedConfig, method: string): Slot[] {
  const { strategy, earlyStopping, steps = config.training.steps } = config.tuning;
  const search = strategy === "grid" ? undefined : boxSearch(config, method);
  const points = search === undefined ? gridPoints(tuningSpace(config, method)) : knownPoints(search);
  if (earlyStopping !== undefined && !inEpochs(steps))
    return halvingSlots(points, rungs(earlyStopping, points.length, steps), earlyStopping);
  return search === undefined ? gridSlots(config, method, points) : boxSlots(config, search, points);
}

/** Slots of ranges. @param points those that are known before any run. */
function boxSlots(
  config: ResolvedConfig,
  { strategy, box, budget, bayes }: BoxSearch,
  points: readonly Point[],
): Slot[] {
  const { steps = config.training.steps } = config.tuning;
  // The others decide how many points there are, not which.
  const deciding = bayes && { prior: bayes.prior, beta: bayes.beta, initial: bayes.initial };
  const minutes = minutesOf(config);
  return Array.from({ length: budget }, (_, index): Slot => {
    const point = points[index];
    const inTurn = minutes !== undefined || index > points.length;
    const after = inTurn ? (index === 0 ? [] : [index - 1]) : point === undefined ? [...points.keys()] : [];
    const adaptive = point === undefined && { strategy, ...deciding, space: box };
    const definition = { ...adaptive, ...(minutes !== undefined && { minutes }) };
    return {
      ...(point !== undefined && { point }),
      search: { index },
      after,
      steps,
      ...(Object.keys(definition).length > 0 && { definition }),
    };
  });
}

/** Slots of lists, and those that the grid may grow by, one after another; each of these is skipped when the best point
 *  lies inside by then. */
function gridSlots(config: ResolvedConfig, method: string, points: readonly Point[]): Slot[] {
  const { extendGrid, steps = config.training.steps } = config.tuning;
  const whole = points.map((point): Slot => ({ point, after: [], steps }));
  if (extendGrid !== true) return whole;
  const definition = { extendGrid: tuningSpace(config, method) };
  const beyond = Array.from({ length: EXTENSIONS }, (_, number): Slot => {
    const after = number === 0 ? [...whole.keys()] : [whole.length + number - 1];
    return { search: { index: whole.length + number }, after, steps, definition };
  });
  return [...whole, ...beyond];
}

/** Every run of a rung waits for all of the rung before, and takes the point that came out at its place there. */
function halvingSlots(points: readonly Point[], all: readonly Rung[], settings: object): Slot[] {
  const slots: Slot[] = [];
  for (const [rung, { points: count, steps }] of all.entries()) {
    const end = slots.length;
    const before = rung === 0 ? [] : Array.from({ length: all[rung - 1]!.points }, (_, i) => end - 1 - i).reverse();
    for (let index = 0; index < count; index++) {
      const search = { index, rung, steps };
      if (rung === 0) slots.push({ point: points[index]!, search, after: [], steps });
      else slots.push({ search, after: before, steps, definition: { settings } });
    }
  }
  return slots;
}

/** The search of ranges that a config means for one method. The same seed for all: methods are compared on like draws. */
export function boxSearch(config: ResolvedConfig, method: string): BoxSearch {
  const { strategy, budget, bayes } = config.tuning;
  if (strategy === "grid" || budget === undefined) throw new Error("tuning: a grid has no ranges");
  const points = typeof budget === "number" ? budget : budget.atMost;
  return { strategy, box: tuningBox(config, method), budget: points, seed: config.seed, bayes };
}

/** What a method's search may choose from: lists, with what was tried beyond them, or ranges. */
export const searched = (config: ResolvedConfig, method: string, tried: readonly Point[]): Space | Box =>
  config.tuning.strategy === "grid" ? widened(tuningSpace(config, method), tried) : tuningBox(config, method);

/** Recorded minutes that end a search; undefined where points are counted. */
export function minutesOf({ tuning: { budget } }: ResolvedConfig): number | undefined {
  return typeof budget === "object" ? budget.minutes : undefined;
}
