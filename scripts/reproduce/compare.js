// Differences between methods over paired trials, and the words for them.
import { mean, std } from "../../dist/src/core/averages.js";
import { tInterval } from "../../dist/src/reporting/statistics/intervals.js";

/** `scale`: from a record's number to what is shown. */
export const METRICS = {
  testAccuracy: { title: "test accuracy, points", scale: 100, better: (difference) => difference > 0 },
  auc: { title: "area under the training loss", scale: 1, better: (difference) => difference < 0 },
};

const signed = (value) => `${value < 0 ? "" : "+"}${value.toFixed(2)}`;

export const trialsOf = (runs, method) =>
  runs.map(({ record }) => record).filter(({ cell }) => cell.phase === "trial" && cell.method === method);

/** What separates two methods' trials of the same number on the same hold-out: by trial, means over the hold-outs that both
 *  have whole; the interval is Student's at 95 %, over trials; `effect`: d. */
export function difference(own, other, metric) {
  const { scale, better } = METRICS[metric];
  const key = ({ cell }) => [cell.holdout, cell.trial].join();
  const others = new Map(other.map((record) => [key(record), record.metrics[metric]]));
  const byTrial = new Map();
  for (const record of own) {
    const pair = [record.metrics[metric], others.get(key(record))];
    if (!pair.every(Number.isFinite)) continue;
    const { trial } = record.cell;
    byTrial.set(trial, [...(byTrial.get(trial) ?? []), scale * (pair[0] - pair[1])]);
  }
  const values = [...byTrial.values()].map(mean);
  const interval = values.length < 2 ? undefined : tInterval(values);
  if (interval === undefined) return undefined;
  const [low, high] = interval;
  const word = low <= 0 && high >= 0 ? "cannot be told" : better(low) ? "better" : "worse";
  return { mean: mean(values), interval, effect: mean(values) / std(values), trials: values.length, word };
}

/** A difference and its interval. */
export const inNumbers = ({ mean: middle, interval }, unit = "") =>
  `${signed(middle)}${unit && ` ${unit}`} (${interval.map(signed).join(" to ")})`;

/** What differences are of. */
export const UNITS = { testAccuracy: "points", auc: "of area" };
/** A difference in a sentence: its mean, what it is of, and in brackets the interval and the word for it. */
export function phrase(own, other, metric) {
  const found = difference(own, other, metric);
  if (found === undefined) return "(no whole trials)";
  return `${signed(found.mean)} ${UNITS[metric]} (${found.interval.map(signed).join(" to ")}: ${found.word})`;
}
/** The same of two methods of one experiment. */
export const phraseOf = (runs, own, other, metric) => phrase(trialsOf(runs, own), trialsOf(runs, other), metric);

/** A difference of two methods of one experiment, in numbers and a word, and how many trials have no finite number. */
export function said(runs, own, other, metric) {
  const found = difference(trialsOf(runs, own), trialsOf(runs, other), metric);
  const lost = trialsOf(runs, own).filter(({ metrics }) => !Number.isFinite(metrics[metric])).length;
  const without = lost === 0 ? "" : `, without ${lost} that diverged`;
  return found === undefined ? "-" : `${inNumbers(found)}, ${found.word}${without}`;
}
