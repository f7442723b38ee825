import { columns } from "../../core/columns.js";
import type { FreshPoint, TriedPoint } from "../../reporting/index.js";
import type { TuneOutcome } from "../../runs/index.js";
import type { Margin } from "../../tuning/select.js";

/** The winners, a line per method and holdout. */
export function winnersTable(all: TuneOutcome["winners"], width?: number): string {
  const rows = all.map(({ title, holdout, point, gridEdge, steps, wallMilliseconds, ...one }) => [
    holdout,
    title,
    short(point.learningRate),
    short(point.weightDecay),
    percent(one.meanAccuracy),
    one.margin === undefined ? "" : ahead(one.margin),
    `${one.runs}${lost(one, "")}`,
    String(steps),
    (wallMilliseconds / 1000).toFixed(1),
    gridEdge.join(", "),
  ]);
  const headings = ["holdout", "method", "learning rate", "weight decay", "validation %", "images ahead", "runs"];
  return columns([...headings, "steps in all", "seconds in all", "on the edge of its space"], rows, width);
}

/** How much the choice along each axis matters, a line per method and axis. */
export function sensitivityTable(all: TuneOutcome["sensitivity"], width?: number): string {
  const rows = all.map(({ title, axis, bins, range }) => [
    title,
    AXIS_TITLES[axis],
    percent(range),
    bins
      .map(({ from, to, best }) => {
        const where = from === to ? short(from) : `${short(from)}..${short(to)}`;
        return `${where}: ${best === undefined ? "-" : percent(best)}`;
      })
      .join("  "),
  ]);
  return columns(["method", "axis", "best less worst, points", "best validation % by value"], rows, width);
}

/** One point of the search as it has just been tried. */
export function traceLine({ tried: { holdout, title, ...one }, best }: FreshPoint): string {
  const { index, rung, point, accuracy, diverged, atChance, runs, acquisition } = one;
  return [
    `${holdout} ${title} ${index + 1}${rung === undefined ? "" : ` of rung ${rung + 1}`}:`,
    `learning rate ${short(point.learningRate)}, weight decay ${short(point.weightDecay)},`,
    `validation ${percent(accuracy)} %${lost({ diverged, atChance }, ` of ${runs.length}`)},`,
    ...(acquisition === undefined ? [] : [`bound ${percent(acquisition)} %,`]),
    `best ${percent(best)} %`,
  ].join(" ");
}

/** By how many validation images a point was ahead of the best other one, and whether that decided. */
const ahead = ({ images, tied }: Margin): string =>
  tied === 0 ? short(images) : `${short(images)}, ${tied} tied: lower training loss`;

/** How many runs have no accuracy of their own. @param of how many, after the first number. */
function lost({ diverged, atChance }: Pick<TriedPoint, "diverged" | "atChance">, of: string): string {
  const parts = [
    ...(diverged > 0 ? [`${diverged}${of} diverged`] : []),
    ...(atChance > 0 ? [`${atChance}${of} at chance`] : []),
  ];
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

const AXIS_TITLES = { learningRate: "learning rate", weightDecay: "weight decay" } as const;

/** Four digits; of what is small, after a power of ten. */
const short = (value: number): string => {
  const rounded = Number(value.toPrecision(4));
  return rounded > 0 && rounded <= 1e-4 ? rounded.toExponential() : String(rounded);
};
const percent = (share: number): string => (100 * share).toFixed(2);
