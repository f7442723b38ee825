// What became of an experiment's runs, and what they took: all from their records.
import { tCritical } from "../../dist/src/reporting/statistics/distributions.js";

/** Seconds in which at least one of the records was being made: a pause between two commands does not count. */
function secondsBusy(records) {
  const spans = records
    .map(({ startedAt, finishedAt }) => [Date.parse(startedAt), Date.parse(finishedAt)])
    .sort(([one], [other]) => one - other);
  let [until, busy] = [-Infinity, 0];
  for (const [from, to] of spans) {
    busy += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return busy / 1000;
}

const sum = (values) => values.reduce((total, one) => total + one, 0);

/** A time in words. */
export function duration(seconds) {
  if (seconds < 60) return `${seconds.toFixed(0)} s`;
  return seconds < 3600 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** What an experiment took: how many runs and steps, their times one after the other, and the clock's. */
export function costOf(records) {
  const runs = records.filter(({ cell }) => cell !== undefined);
  const own = ({ timings, wallMilliseconds }) => timings?.wallMilliseconds ?? wallMilliseconds ?? 0;
  return {
    runs: runs.length,
    steps: sum(runs.map(({ counts }) => counts?.steps ?? 0)),
    added: sum(records.map(own)) / 1000,
    busy: secondsBusy(records),
    threads: [...new Set(records.flatMap(({ engine }) => engine?.threads ?? []))].sort().join(", "),
  };
}

/** How many of each, by method: "3 (adam 1, sgd 2)"; "none". */
function tally(trials) {
  const counts = new Map();
  for (const { cell } of trials) counts.set(cell.method, (counts.get(cell.method) ?? 0) + 1);
  const parts = [...counts].map(([method, count]) => `${method} ${count}`);
  return trials.length === 0 ? "none" : `${trials.length} (${parts.join(", ")})`;
}

/** No better than guessing: within two standard errors of chance, as many test images as there are. */
function isAtChance({ metrics: { testAccuracy, chance }, counts: { images } }) {
  return testAccuracy <= chance + 2 * Math.sqrt((chance * (1 - chance)) / images);
}

/** The methods whose best learning rate was at one end of its grid, with the hold-outs where it was. */
export function gridEnds(trials, end) {
  const methods = [...new Set(trials.map(({ cell }) => cell.method))];
  const holdouts = (some) => new Set(some.map(({ cell }) => cell.holdout)).size;
  return methods.flatMap((method) => {
    const own = trials.filter(({ cell }) => cell.method === method);
    const there = own.filter(({ selected }) => selected?.gridEdge?.includes(`learningRate:${end}`));
    return there.length === 0 ? [] : [`${method} ${holdouts(there)} of ${holdouts(own)}`];
  });
}

/** What a reader should know of an experiment's trials before believing its means. */
export function health(records) {
  const trials = records.filter(({ cell }) => cell?.phase === "trial");
  const diverged = trials.filter(({ state }) => state === "diverged");
  const atChance = trials.filter((one) => one.state !== "diverged" && isAtChance(one));
  const [largest, smallest] = ["high", "low"].map((end) => gridEnds(trials, end).join(", ") || "none");
  return (
    `${trials.length} trials; diverged: ${tally(diverged)}; no better than chance: ${tally(atChance)}. Hold-outs whose best learning ` +
    `rate was the largest of the grid: ${largest}; the smallest: ${smallest}.`
  );
}

/** What a step of one method costs over that of another, with a 95 % interval by the spread over the timed blocks, as if those of
 *  the two were independent. @param record of an analysis of step times; undefined where it has not both. */
export function ratioOfTimes({ rows }, a, b) {
  const [one, other] = [a, b].map((wanted) => rows.find(({ method }) => method === wanted));
  if (one === undefined || other === undefined) return undefined;
  const blocks = Math.min(one.blocks, other.blocks);
  const ratio = one.mean / other.mean;
  const error = Math.hypot(one.std / one.mean, other.std / other.mean) / Math.sqrt(blocks);
  const half = ratio * error * tCritical(0.95, blocks - 1);
  return { ratio, interval: [ratio - half, ratio + half], blocks };
}
