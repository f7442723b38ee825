import { groupBy } from "../../core/group.js";
import { order } from "../../core/noise.js";
import { counted } from "../../core/wording.js";
import type { Plan } from "../../records/plan.js";
import { shownExperiments } from "../evidence.js";
import type { Evidence } from "../study-show.js";
import { isVariant, type Experiment } from "../experiment.js";
import { allTriedPoints, type TriedPoint } from "../tuning-trace.js";
import { spreadOf } from "../measured/curves.js";
import type { Drawing, FigureData, LegendEntry, NotRun, Panel, Point } from "./figure.js";
import type { FigureEntry } from "../study-show.js";
import { markedPanel } from "./marked.js";
import { sampled } from "./thin.js";
import * as words from "./figure-texts.js";
import { percent, short } from "./figure-texts.js";
import { methodTitle } from "../method-title.js";

/** Values of a learning rate that are shown as they are; more of them are put together by half decades. */
const VALUES = 12;
const COLUMNS = { single: 1, double: 2 } as const;
const COMMAND = "metamd tune --config FILE";

/** A line of one method: its points, and what hovering over them says. */
type Line = readonly (Point & { readonly says: string })[];

export const sensitivity: FigureEntry = {
  title: "Validation accuracy by learning rate",
  shows:
    "How much a method's result depends on its learning rate: the best validation accuracy at every rate that tuning tried.",
  needs: "records of tuning",
  width: "double",
  draw: (evidence) =>
    ofSearches(evidence, "sensitivity", {
      title: sensitivity.title,
      x: { title: "Learning rate", scale: "log" },
      column: "learning_rate",
      span: ratesThatWork,
      line: byLearningRate,
      caption:
        "Best validation accuracy at a learning rate over the weight decays, mean over the holdouts that tried it; band from the " +
        `smallest to the largest. More than ${VALUES} rates of a method are put together by half decades. Rates that all diverged and ` +
        "are ten times beyond the others lie outside the frame.",
      alt: (name, lines) =>
        `${name}: best rate ${lines.map((line) => `${short(Number(best(line).x))} for ${methodTitle(best(line).method)}`).join(", ")}`,
    }),
};

export const tuning: FigureEntry = {
  title: "Best validation accuracy so far in tuning",
  shows: "How fast the search for hyper-parameters of every method found its winner.",
  needs: "records of tuning",
  width: "double",
  draw: (evidence) =>
    ofSearches(evidence, "tuning", {
      title: tuning.title,
      x: { title: "Points tried", scale: "linear", counts: true },
      column: "tried",
      line: bestSoFar,
      kind: "step",
      caption:
        "Best mean validation accuracy among the points tried so far, in the order of the search; of a grid, which has no order, what " +
        "so many of its points have as their best on average. Mean over the holdouts, band from the smallest to the largest. " +
        "Lines end with the shortest of a method's searches.",
      alt: (name, lines) =>
        `${name}: it ends ${words.extremes(
          lines.map((line) => ({ method: line.at(-1)!.method, value: line.at(-1)!.y })),
          methodTitle,
        )} %`,
    }),
};

interface SearchFigure {
  readonly title: string;
  readonly x: Panel["x"];
  readonly column: string;
  readonly kind?: Panel["kind"];
  readonly caption: string;
  /** What x spans, where not all points decide. */
  span?(tried: readonly TriedPoint[]): readonly [number, number] | undefined;
  line(method: string, holdouts: readonly (readonly TriedPoint[])[]): Line;
  alt(name: string, lines: readonly Line[]): string;
}

/** What the caption of a figure says of the variants that it leaves out. */
export const variantsNote = ({ experiments }: Evidence): string =>
  experiments.some(({ plan }) => plan.methods.some(({ id }) => isVariant(id)))
    ? " Without the variants of methods, which the figure ablation shows."
    : "";

export const experimentName = ({ plan }: Experiment): string => String(plan.config["name"] ?? plan.experiment);

/** What each of several experiments is called beside the others: its name, or its folder where others have that name too. */
export function namesAmong(experiments: readonly Experiment[]): (one: Experiment) => string {
  const byName = groupBy(experiments, experimentName);
  return (one) => (byName.get(experimentName(one))!.length > 1 ? one.plan.experiment : experimentName(one));
}

/** A panel of every experiment that was tuned. */
function ofSearches(evidence: Evidence, name: string, figure: SearchFigure): Drawing | NotRun {
  const legend = new Map<string, LegendEntry>();
  const rows: FigureData["rows"][number][] = [];
  const said: string[] = [];
  const plans: Plan[] = [];
  const single: string[] = [];
  const shown = shownExperiments(evidence);
  const nameOf = namesAmong(shown);
  const panels = shown.flatMap((experiment): Panel[] => {
    const tried = allTriedPoints(experiment.plan, (id) => experiment.records.get(id));
    const lines = linesOf(experiment, tried, figure);
    if (lines.length === 0) return [];
    const { experiment: name, numerics } = experiment.plan;
    for (const { method, x, y, low, high } of lines.flat())
      rows.push({ experiment: name, method, [figure.column]: x, accuracy: y, low, high, numerics });
    if (lines.every(({ length }) => length === 1)) {
      single.push(nameOf(experiment));
      return [];
    }
    for (const entry of words.legendOf(experiment, (id) => lines.some(([first]) => first!.method === id)))
      legend.set(entry.method, entry);
    const span = figure.span?.(tried);
    said.push(figure.alt(nameOf(experiment), lines));
    plans.push(experiment.plan);
    const marked = lines.flatMap((line) => sampled(line, 8));
    const panel: Panel = {
      title: nameOf(experiment),
      kind: figure.kind ?? "line",
      points: lines.flat(),
      marked,
      ends: [],
      x: { ...figure.x, ...(span !== undefined && { domain: span }) },
      y: { title: "Validation accuracy (%)", scale: "linear" },
    };
    return [markedPanel(panel, numerics)];
  });
  if (panels.length === 0) return words.notRun("no search of several points", COMMAND);
  const left = single.length === 0 ? "" : ` Left out: ${words.enumerated(single)}, with one point a method.`;
  return {
    title: figure.title,
    panels,
    columns: COLUMNS,
    legend: [...legend.values()],
    alt: `${figure.title} of ${counted(legend.size, "method")}. ${said.join(". ")}.`,
    caption: `${figure.caption}${left} ${words.presetsOf(plans)}${variantsNote(evidence)}`,
    data: [{ name, columns: ["experiment", "method", figure.column, "accuracy", "low", "high", "numerics"], rows }],
  };
}

/** A line of every method that was tuned. */
const linesOf = ({ plan }: Experiment, tried: readonly TriedPoint[], figure: SearchFigure): Line[] =>
  [...groupBy(tried, ({ method }) => method)]
    .filter(([method]) => plan.methods.some(({ id }) => id === method))
    .map(([method, points]) => figure.line(method, [...groupBy(points, ({ holdout }) => holdout).values()]))
    .filter(({ length }) => length > 0);

function byLearningRate(method: string, holdouts: readonly (readonly TriedPoint[])[]): Line {
  const rates = new Set(holdouts.flat().map(({ point }) => point.learningRate));
  const keyOf = (rate: number): number => (rates.size > VALUES ? 10 ** (Math.round(2 * Math.log10(rate)) / 2) : rate);
  const bests = holdouts.flatMap((points) =>
    [...groupBy(points, ({ point }) => keyOf(point.learningRate))].map(([rate, ones]) => ({
      rate,
      accuracy: 100 * Math.max(...ones.map(({ accuracy }) => accuracy)),
    })),
  );
  return [...groupBy(bests, ({ rate }) => rate)]
    .sort(([a], [b]) => a - b)
    .map(([x, ones]) =>
      summed(
        method,
        x,
        ones.map(({ accuracy }) => accuracy),
        `learning rate ${short(x)}`,
      ),
    );
}

/** The rates at which some run did not diverge, with room for ten times more; undefined where all did. */
function ratesThatWork(tried: readonly TriedPoint[]): readonly [number, number] | undefined {
  const all = tried.map(({ point }) => point.learningRate);
  const good = tried.filter(({ diverged, runs }) => diverged < runs.length).map(({ point }) => point.learningRate);
  if (good.length === 0) return undefined;
  const [low, high] = [Math.min(...good), Math.max(...good)];
  if (Math.max(...all) <= 10 * high && Math.min(...all) >= low / 10) return undefined;
  const within = all.filter((rate) => rate >= low / 10 && rate <= high * 10);
  const [from, to] = [Math.min(...within), Math.max(...within)];
  return from < to ? [from, to] : [from / 2, to * 2];
}

function bestSoFar(method: string, holdouts: readonly (readonly TriedPoint[])[]): Line {
  const traces = holdouts.map((points) => {
    if (isGrid(points)) return expectedBest(points.map(({ accuracy }) => 100 * accuracy));
    let highest = 0;
    return points.map(({ accuracy }) => (highest = Math.max(highest, 100 * accuracy)));
  });
  const shortest = Math.min(...traces.map(({ length }) => length));
  return Array.from({ length: shortest }, (_none, i) =>
    summed(
      method,
      i + 1,
      traces.map((trace) => trace[i]!),
      `${counted(i + 1, "point")} tried`,
    ),
  );
}

/** Whether a search is a grid, whose order means nothing. */
export const isGrid = (points: readonly TriedPoint[]): boolean =>
  points.every(({ runs }) => runs.every(({ cell }) => cell.phase !== "tune" || cell.search === undefined));

/** The mean of the best of n values over all ways to draw n of them, for n from 1 to all: the order of a grid means nothing.
 *  Σ v₍ᵢ₎ C(i − 1, n − 1) / C(N, n) over the values in rising order. Source: Dodge et al. 2019, there with replacement.
 *  @internal Exported for tests. */
export function expectedBest(values: readonly number[]): number[] {
  const rising = [...values].sort((a, b) => a - b);
  const all = rising.length;
  return rising.map((_value, index) => {
    const n = index + 1;
    // C(i − 1, n − 1) / C(N, n), from the highest down: n / N for i = N, then times (i − n) / (i − 1) each.
    let share = n / all;
    let sum = 0;
    for (let i = all; i >= n; i--) {
      sum += share * rising[i - 1]!;
      if (i > 1) share *= (i - n) / (i - 1);
    }
    return sum;
  });
}

function summed(method: string, x: number, values: readonly number[], where: string): Line[number] {
  const { mean, low, high } = spreadOf(values);
  const says = `${methodTitle(method)}, ${where}: ${percent(mean / 100)}`;
  return { method, x, y: mean, says, ...(values.length > 1 && { low, high }) };
}

const best = (line: Line): Line[number] => line.reduce((a, b) => (order(b.y, a.y) > 0 ? b : a));
