import type { Cell, Plan, TuneCell } from "../records/plan.js";
import type { RunRecord } from "../records/record.js";
import { openRunStore } from "../records/store.js";
import { deciding, outcomesOf } from "../tuning/outcome.js";
import { pointKey, score } from "../tuning/score.js";
import { choose, type Margin } from "../tuning/select.js";
import type { Point } from "../tuning/space.js";

/** One point that tuning tried, over its seeds. */
export interface TriedPoint {
  readonly method: string;
  readonly title: string;
  readonly holdout: string;
  /** Place in the search, or in its rung. */
  readonly index: number;
  /** Of early stopping. */
  readonly rung: number | undefined;
  readonly point: Point;
  /** The runs that have a result, and how many there will be. */
  readonly runs: readonly RunRecord[];
  readonly planned: number;
  /** Mean of the validation accuracies, a diverged run counting as chance. */
  readonly accuracy: number;
  readonly diverged: number;
  readonly steps: number;
  readonly wallMilliseconds: number;
  /** Upper bound of the accuracy that made Bayesian optimisation choose it. */
  readonly acquisition: number | undefined;
  /** Mean training loss at the end of its runs. */
  readonly loss: number;
  /** Runs that ended no better than guessing without diverging. */
  readonly atChance: number;
  /** Whether it would be chosen of all so far. */
  readonly winner: boolean;
  /** How clearly, of the winner. */
  readonly margin: Margin | undefined;
}

/** The points of one method's search on one holdout that have a result, in the plan's order.
 *  @param recordOf the record of a run that has one.
 *  @internal Exported for tests. */
export function triedPoints(
  plan: Plan,
  method: string,
  holdout: string,
  recordOf: (id: string) => RunRecord | undefined,
): TriedPoint[] {
  const { title } = plan.methods.find(({ id }) => id === method)!;
  const slots = new Map<string, TuneCell[]>();
  for (const cell of plan.cells)
    if (cell.phase === "tune" && cell.method === method && cell.holdout === holdout)
      slots.set(slotOf(cell), [...(slots.get(slotOf(cell)) ?? []), cell]);

  const tried = [...slots.values()].flatMap((cells, position) => {
    const runs = cells.flatMap(({ id }) => recordOf(id) ?? []).filter((run) => outcomesOf([run]).length > 0);
    if (runs.length === 0) return [];
    const [{ point, meanAccuracy, meanLoss, diverged, atChance }] = score(
      outcomesOf(runs),
      runs[0]!.metrics.chance,
    ) as [ReturnType<typeof score>[number]];
    const total = (of: (run: RunRecord) => number): number => runs.reduce((sum, run) => sum + of(run), 0);
    const { index = position, rung } = cells[0]!.search ?? {};
    return [
      {
        method,
        title,
        holdout,
        index,
        rung,
        point,
        runs,
        planned: cells.length,
        diverged,
        atChance,
        accuracy: meanAccuracy,
        loss: meanLoss,
        steps: total(({ counts }) => counts.steps),
        wallMilliseconds: total(({ timings }) => timings.wallMilliseconds),
        acquisition: runs[0]!.selected!.acquisition,
      },
    ];
  });
  const all = deciding(tried.flatMap(({ runs }) => runs));
  const chosen = all.length === 0 ? undefined : choose(score(outcomesOf(all), all[0]!.metrics.chance));
  return tried.map((one) => {
    const winner = chosen !== undefined && all.includes(one.runs[0]!) && pointKey(chosen.point) === pointKey(one.point);
    return { ...one, winner, margin: winner ? chosen.margin : undefined };
  });
}

/** What the runs of a point with different seeds have in common. */
const slotOf = ({ search, learningRate, weightDecay }: TuneCell): string =>
  search === undefined ? `${learningRate} ${weightDecay}` : `${search.rung ?? ""} ${search.index}`;

/** The points of all searches, by holdout, then by method. */
export const allTriedPoints = (plan: Plan, recordOf: (id: string) => RunRecord | undefined): TriedPoint[] =>
  plan.holdouts.flatMap((holdout) => plan.methods.flatMap(({ id }) => triedPoints(plan, id, holdout, recordOf)));

/** The points of all searches of an experiment, from its files. */
export function readTriedPoints(results: string, experiment: string): TriedPoint[] {
  const store = openRunStore(results, experiment);
  return allTriedPoints(store.plan()!, (id) => (store.has(id) ? store.read(id) : undefined));
}

/** A point of a search that has just been tried. */
export interface FreshPoint {
  readonly tried: TriedPoint;
  /** Best accuracy of its search so far. */
  readonly best: number;
}

/** Watches the searches of an experiment whose runs are under way.
 *  @returns what the run that finished now completes: a point of which all seeds have a result, each told of once. */
export function watchSearches(results: string, experiment: string): (finished: Cell) => FreshPoint | undefined {
  const store = openRunStore(results, experiment);
  const recordOf = (id: string): RunRecord | undefined => (store.has(id) ? store.read(id) : undefined);
  const told = new Set<string>();
  let plan: Plan | undefined;
  return ({ phase, id, method, holdout }) => {
    if (phase !== "tune") return undefined;
    plan ??= store.plan()!;
    const all = triedPoints(plan, method, holdout!, recordOf);
    const tried = all.find(({ runs }) => runs.some((run) => run.id === id));
    // Runs of other seeds may have ended since, and have told of it.
    if (tried === undefined || tried.runs.length < tried.planned || told.has(tried.runs[0]!.id)) return undefined;
    told.add(tried.runs[0]!.id);
    return { tried, best: Math.max(...all.map(({ accuracy }) => accuracy)) };
  };
}
