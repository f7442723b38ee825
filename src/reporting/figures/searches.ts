import { groupBy } from "../../core/group.js";
import { order } from "../../core/noise.js";
import type { Plan } from "../../records/plan.js";
import { experimentOf } from "../evidence.js";
import type { Evidence } from "../study-show.js";
import type { Experiment } from "../experiment.js";
import { allTriedPoints, type TriedPoint } from "../tuning-trace.js";
import { spreadOf } from "./curves.js";
import type { Drawing, FigureData, LegendEntry, NotRun, Panel, Point } from "./figure.js";
import type { FigureEntry } from "../study-show.js";
import { markedPanel } from "./marked.js";
import { sampled } from "./thin.js";
import { isVariant } from "./theme.js";
import * as words from "./figure-texts.js";
import { counted, methodName, percent, short } from "./figure-texts.js";

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
      line: byLearningRate,
      caption:
        "Best validation accuracy at a learning rate over the weight decays, mean over the holdouts that tried it; band from the " +
        `smallest to the largest. More than ${VALUES} rates of a method are put together by half decades.`,
      alt: (name, lines) =>
        `${name}: best rate ${lines.map((line) => `${short(Number(best(line).x))} for ${methodName(best(line).method)}`).join(", ")}`,
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
      x: { title: "Points tried", scale: "linear" },
      column: "tried",
      line: bestSoFar,
      kind: "step",
      caption:
        "Best mean validation accuracy among the points tried so far, in the order of the search; mean over the holdouts, band from " +
        "the smallest to the largest. Lines end with the shortest of a method's searches.",
      alt: (name, lines) =>
        `${name}: it ends ${words.extremes(
          lines.map((line) => ({ method: line.at(-1)!.method, value: line.at(-1)!.y })),
          methodName,
        )} %`,
    }),
};

interface SearchFigure {
  readonly title: string;
  readonly x: Panel["x"];
  readonly column: string;
  readonly kind?: Panel["kind"];
  readonly caption: string;
  line(method: string, holdouts: readonly (readonly TriedPoint[])[]): Line;
  alt(name: string, lines: readonly Line[]): string;
}

/** The runs of the paper's experiments, each of the preset that says most, and every other experiment. Variants of methods
 *  are left out: lines of one colour, more than can be told apart. */
export function shownExperiments(evidence: Evidence): Experiment[] {
  const ids = evidence.experiments.map(({ plan }) => plan.config["experiment"]);
  return evidence.experiments
    .filter((one, i) => typeof ids[i] !== "string" || experimentOf(evidence, ids[i]) === one)
    .map((one) => ({ ...one, plan: { ...one.plan, methods: one.plan.methods.filter(({ id }) => !isVariant(id)) } }));
}

/** What the caption of a figure says of the variants that it leaves out. */
export const variantsNote = ({ experiments }: Evidence): string =>
  experiments.some(({ plan }) => plan.methods.some(({ id }) => isVariant(id)))
    ? " Without the variants of methods, which the figure ablation shows."
    : "";

export const experimentName = ({ plan }: Experiment): string => String(plan.config["name"] ?? plan.experiment);

/** A panel of every experiment that was tuned. */
function ofSearches(evidence: Evidence, name: string, figure: SearchFigure): Drawing | NotRun {
  const legend = new Map<string, LegendEntry>();
  const rows: FigureData["rows"][number][] = [];
  const said: string[] = [];
  const plans: Plan[] = [];
  const panels = shownExperiments(evidence).flatMap((experiment): Panel[] => {
    const tried = allTriedPoints(experiment.plan, (id) => experiment.records.get(id));
    const lines = [...groupBy(tried, ({ method }) => method)]
      .filter(([method]) => experiment.plan.methods.some(({ id }) => id === method))
      .map(([method, points]) => figure.line(method, [...groupBy(points, ({ holdout }) => holdout).values()]))
      .filter(({ length }) => length > 0);
    if (lines.length === 0) return [];
    for (const entry of words.legendOf(experiment, (id) => lines.some(([first]) => first!.method === id)))
      legend.set(entry.method, entry);
    const { experiment: name, numerics } = experiment.plan;
    for (const { method, x, y, low, high } of lines.flat())
      rows.push({ experiment: name, method, [figure.column]: x, accuracy: y, low, high, numerics });
    said.push(figure.alt(experimentName(experiment), lines));
    plans.push(experiment.plan);
    const marked = lines.flatMap((line) => sampled(line, 8));
    const panel: Panel = {
      title: experimentName(experiment),
      kind: figure.kind ?? "line",
      points: lines.flat(),
      marked,
      ends: [],
      x: figure.x,
      y: { title: "Validation accuracy (%)", scale: "linear" },
    };
    return [markedPanel(panel, numerics)];
  });
  if (panels.length === 0) return words.notRun("no record of tuning", COMMAND);
  return {
    title: figure.title,
    panels,
    columns: COLUMNS,
    legend: [...legend.values()],
    alt: `${figure.title} of ${counted(legend.size, "method")}. ${said.join(". ")}.`,
    caption: `${figure.caption} ${words.presetsOf(plans)}${variantsNote(evidence)}`,
    data: [{ name, columns: ["experiment", "method", figure.column, "accuracy", "low", "high", "numerics"], rows }],
  };
}

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

function bestSoFar(method: string, holdouts: readonly (readonly TriedPoint[])[]): Line {
  const traces = holdouts.map((points) => {
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

function summed(method: string, x: number, values: readonly number[], where: string): Line[number] {
  const { mean, low, high } = spreadOf(values);
  const says = `${methodName(method)}, ${where}: ${percent(mean / 100)}`;
  return { method, x, y: mean, says, ...(values.length > 1 && { low, high }) };
}

const best = (line: Line): Line[number] => line.reduce((a, b) => (order(b.y, a.y) > 0 ? b : a));
