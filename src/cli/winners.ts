import type { Tuned } from "../experiments/select.js";
import { columns } from "./print.js";

/** The winners, a line per method and hold-out. */
export function winnersTable(all: readonly Tuned[]): string {
  const rows = all.map(({ title, holdout, point, meanAccuracy, runs, diverged, gridEdge, steps, wallMilliseconds }) => [
    holdout,
    title,
    String(point.learningRate),
    String(point.weightDecay),
    (100 * meanAccuracy).toFixed(2),
    `${runs}${diverged > 0 ? ` (${diverged} diverged)` : ""}`,
    String(steps),
    (wallMilliseconds / 1000).toFixed(1),
    gridEdge.join(", "),
  ]);
  const headings = ["hold-out", "method", "learning rate", "weight decay", "validation %", "runs of it"];
  return columns([...headings, "steps in all", "seconds in all", "on the edge of its grid"], rows);
}
