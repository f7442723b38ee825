import { groupBy } from "../../core/group.js";
import type { CurveRow } from "../../records/curve.js";
import { spreadOf } from "../../reporting/measured/curves.js";
import type { MarkedPoint, Panel, Point } from "../../reporting/figures/figure.js";
import { short } from "../../reporting/figures/figure-texts.js";
import { methodTitle } from "../../reporting/method-title.js";

/** An analysis that looks at one trained model. */
interface OfSolution {
  readonly record: { readonly dataset: string; readonly method: string; readonly trial: number };
}

/** Analyses by dataset, then by method, in the order of their names. */
export function bySolution<Held extends OfSolution>(
  all: readonly Held[],
): { readonly dataset: string; readonly methods: readonly [string, Held[]][] }[] {
  const sorted = [...all].sort(({ record: a }, { record: b }) => a.method.localeCompare(b.method) || a.trial - b.trial);
  return [...groupBy(sorted, ({ record }) => record.dataset)]
    .map(([dataset, ones]) => ({ dataset, methods: [...groupBy(ones, ({ record }) => record.method)] }))
    .sort((a, b) => a.dataset.localeCompare(b.dataset));
}

/** Mean of the trials' lines, point by point, and its extremes. @param x the column that the lines share. */
export function meanLine(method: string, lines: readonly (readonly CurveRow[])[], x: string, y: string): Point[] {
  const shortest = Math.min(...lines.map(({ length }) => length));
  return Array.from({ length: shortest }, (_none, i): Point => {
    const { mean, low, high } = spreadOf(lines.map((line) => line[i]![y]!));
    return { method, x: lines[0]![i]![x]!, y: mean, ...(lines.length > 1 && { low, high }) };
  }).filter((point) => Number.isFinite(point.y));
}

/** One value of every method on a dataset, with its spread over trials. */
export function dotsPanel(
  title: string,
  yTitle: string,
  values: readonly { readonly method: string; readonly values: readonly number[] }[],
): Panel {
  const points = values.map(({ method, values: held }): MarkedPoint => {
    const { mean, low, high } = spreadOf(held);
    const says = `${methodTitle(method)}: ${short(mean)}${held.length > 1 ? ` (${short(low)} to ${short(high)})` : ""}`;
    return { method, x: methodTitle(method), y: mean, low, high, says };
  });
  return {
    title,
    kind: "dots",
    points,
    marked: points,
    ends: [],
    x: { title: "", scale: "band", values: values.map(({ method }) => methodTitle(method)) },
    y: { title: yTitle, scale: "linear" },
  };
}

/** Most trials behind a line of analyses, for captions. */
export const trialsBehind = (all: readonly OfSolution[]): number =>
  Math.max(...bySolution(all).flatMap(({ methods }) => methods.map(([, ones]) => ones.length)));
