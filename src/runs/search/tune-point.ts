import { tuningSpace } from "../../config/tuning.js";
import type { TuneCell } from "../../records/plan.js";
import type { RunRecord } from "../../records/record.js";
import { nextBeyond } from "../../tuning/extend.js";
import { outcomesOf } from "../../tuning/outcome.js";
import { ranked, score } from "../../tuning/score.js";
import type { Proposal } from "../../tuning/search.js";
import { openSearch } from "../../tuning/strategies.js";
import type { Selected } from "../cell/run-training.js";
import type { RunContext } from "../cell/session.js";
import { boxSearch, minutesOf } from "../plan/slots.js";

/** The point of a tuning run: the planned one, or what the search asks for after the recorded runs before it. It depends
 *  on records only, so that a search goes on as it would have, whoever runs it. A failed run ends its search: those that
 *  build on it are not begun until it has been repeated.
 *  @returns undefined when the recorded time of the runs before it has used up the search's budget, or a grid needs not
 *  grow any more. */
export function tunePoint(context: RunContext, cell: TuneCell): Selected | undefined {
  const { learningRate, weightDecay } = cell;
  const minutes = minutesOf(context.config);
  if (minutes !== undefined) {
    const spent = earlierRecords(context, cell).reduce((sum, { timings }) => sum + timings.wallMilliseconds, 0);
    if (spent >= minutes * 60_000) return undefined;
  }
  // A planned point is run beside the others: the runs before it need not be finished.
  if (learningRate !== undefined && weightDecay !== undefined) return { learningRate, weightDecay, gridEdge: [] };
  const asked = askedFor(context, cell);
  return asked && { ...asked, gridEdge: [] };
}

/** Records of the runs that a run's search builds on: all before it, or those of the rung before. A grid's own runs have
 *  no place in a search, and are before those beyond it. */
function earlierRecords({ plan, store }: RunContext, { method, holdout, search }: TuneCell): RunRecord[] {
  if (search === undefined) return [];
  const { index, rung } = search;
  const isEarlier = (other: TuneCell["search"]): boolean =>
    rung === undefined ? other === undefined || other.index < index : other?.rung === rung - 1;
  return plan.cells.flatMap((other) =>
    other.phase === "tune" && other.method === method && other.holdout === holdout && isEarlier(other.search)
      ? [store.read(other.id, other)]
      : [],
  );
}

function askedFor(context: RunContext, cell: TuneCell): Proposal | undefined {
  const { method, search } = cell;
  const earlier = earlierRecords(context, cell);
  const { chance } = earlier[0]!.metrics;
  const outcomes = outcomesOf(earlier);
  if (search!.rung !== undefined) return ranked(score(outcomes, chance))[search!.index]!.point;
  if (context.config.tuning.strategy === "grid")
    return nextBeyond(tuningSpace(context.config, method), score(outcomes, chance));
  const opened = openSearch(boxSearch(context.config, method), chance);
  for (const outcome of outcomes) opened.tell(outcome);
  return opened.ask()[0]!;
}
