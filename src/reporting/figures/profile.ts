import { groupBy } from "../../core/group.js";
import { counted } from "../../core/wording.js";
import { profileSteps, ratiosOf, type Taken } from "../statistics/performance-profile.js";
import {
  heldProfiles,
  medianTimes,
  SLACK,
  type Clock,
  type HeldProfile,
  type Measure,
} from "../measured/time-to-target.js";
import type { Evidence, FigureEntry } from "../study-show.js";
import type { Drawing, FigureData, LegendEntry, NotRun, Panel, Point } from "./figure.js";
import { markedPanel } from "./marked.js";
import { namesAmong, variantsNote } from "./searches.js";
import { sampled } from "./thin.js";
import * as words from "./figure-texts.js";
import { percent, short } from "./figure-texts.js";
import { methodTitle } from "../method-title.js";

/** Times the fastest method's time up to which profiles are drawn. */
const MOST = 100;

const PANELS = [
  { measure: "loss", clock: "alone", title: "Time to the loss" },
  { measure: "loss", clock: "amortised", title: "Time to the loss, with meta-training" },
  { measure: "accuracy", clock: "alone", title: "Time to the accuracy" },
  { measure: "accuracy", clock: "amortised", title: "Time to the accuracy, with meta-training" },
] as const;

const TARGET =
  `The target on a data set: the best baseline's mean last training loss plus ${percent(SLACK.loss)}, or its mean test ` +
  `accuracy less ${100 * SLACK.accuracy} point. With meta-training: its time, divided by the method's runs on the holdout, is ` +
  "added to each. Test accuracies are read at a run's end. ";

/** Performance profiles (Dolan and Moré 2002) over all data sets at once, as AlgoPerf scores: ρ(τ) is the share of data sets on
 *  which a method's median trial needs at most τ times the fastest method's time. The target on a data set is the best
 *  baseline's (not learned) mean over its trials of the last window's training loss, plus 5 % of it; or of the test accuracy,
 *  less one point. Runs read the test split once, so the time to an accuracy is that of the whole run. */
export const profile: FigureEntry = {
  title: "Share of data sets solved, by time",
  shows:
    "Over all data sets: how often and how fast every method reaches what the best tuned baseline ends with, without and with its meta-training.",
  needs: "records of trials with their curves, of baselines too",
  width: "double",
  draw: (evidence) => drawingOf(evidence, profile.title, overAll, "profile"),
};

/** The same of every experiment by itself, a trial on a data set being a problem. */
export const profiles: FigureEntry = {
  title: "Share of trials that reach the target, by time, in every experiment",
  shows: "The performance profiles of every experiment by itself, over its data sets and trials.",
  needs: "records of trials with their curves, of baselines too",
  width: "double",
  draw: (evidence) => drawingOf(evidence, profiles.title, ofEach, "profiles"),
};

/** A problem is a data set of an experiment, solved in the time of the median trial. */
function overAll(held: readonly HeldProfile[]): Panel[] {
  const taken = (measure: Measure, clock: Clock): Taken[] =>
    held.flatMap(({ experiment, reached }) =>
      medianTimes(reached[measure]).map((one) => ({
        method: one.method,
        problem: `${experiment.plan.experiment} ${one.dataset}`,
        time: one[clock],
      })),
    );
  const earliest = Math.min(...held.map(({ experiment }) => experiment.plan.numerics));
  return PANELS.flatMap(({ measure, clock, title }) => {
    const all = taken(measure, clock);
    return isEmpty(all) ? [] : [markedPanel(panelOf(title, all, "Data sets solved (%)"), earliest)];
  });
}

/** A problem is a trial on a data set. */
function ofEach(held: readonly HeldProfile[]): Panel[] {
  const nameOf = namesAmong(held.map(({ experiment }) => experiment));
  return held.flatMap(({ experiment, reached }) =>
    PANELS.flatMap(({ measure, clock, title }) => {
      const all = reached[measure].map((one) => ({
        method: one.method,
        problem: `${one.dataset} ${one.trial}`,
        time: one[clock],
      }));
      if (isEmpty(all)) return [];
      const panel = panelOf(`${nameOf(experiment)}: ${title.toLowerCase()}`, all, "Trials at the target (%)");
      return [markedPanel(panel, experiment.plan.numerics)];
    }),
  );
}

/** No method solved anything: there is nothing to see. */
const isEmpty = (taken: readonly Taken[]): boolean => taken.every(({ time }) => !Number.isFinite(time));

function drawingOf(
  evidence: Evidence,
  title: string,
  panelsOf: (held: readonly HeldProfile[]) => Panel[],
  name: "profile" | "profiles",
): Drawing | NotRun {
  const held = heldProfiles(evidence);
  const panels = panelsOf(held);
  if (panels.length === 0) return words.notRun("no finished trial of a baseline", "metamd run --config FILE");
  const nameOf = namesAmong(held.map(({ experiment }) => experiment));
  const legend = new Map<string, LegendEntry>();
  for (const { experiment, reached } of held)
    for (const entry of words.legendOf(experiment, (id) => reached.loss.some(({ method }) => method === id)))
      legend.set(entry.method, entry);
  const said = held.map(({ experiment, reached }) => {
    const shares = [...groupBy(reached.loss, ({ method }) => method)].map(([method, ones]) => {
      return { method, value: ones.filter(({ alone }) => Number.isFinite(alone)).length / ones.length };
    });
    return `${nameOf(experiment)}: share of trials that reach the loss ${words.extremes(shares, methodTitle, percent)}`;
  });
  const sets = held.reduce((sum, { reached }) => sum + new Set(reached.loss.map(({ dataset }) => dataset)).size, 0);
  const share =
    name === "profile"
      ? `The share of data sets, of the ${sets} or as many as a method was run on, where its median trial needs`
      : "The share of (data set, trial) pairs where a method needs";
  return {
    title,
    panels,
    legend: [...legend.values()],
    columns: { single: 1, double: name === "profile" ? 2 : 4 },
    alt: `Performance profiles of ${counted(legend.size, "method")}. ${said.join(". ")}.`,
    caption:
      `${share} at most so many times the fastest method's time. ${TARGET}` +
      `Lines that lie on each other are drawn in turns. ${words.presetsOf(held.map(({ experiment }) => experiment.plan))}${variantsNote(evidence)}`,
    data: [dataOf(name, held)],
  };
}

function panelOf(title: string, taken: readonly Taken[], share: string): Panel {
  const ratios = ratiosOf(taken);
  const largest = [...ratios.values()]
    .flat()
    .reduce((most, ratio) => (Number.isFinite(ratio) ? Math.max(most, ratio) : most), 2);
  const end = Math.min(MOST, largest * 1.2);
  const lines = [...ratios].map(([method, ones]): Point[] => {
    const steps = profileSteps(ones).filter(({ ratio }) => ratio <= end);
    return [...steps, { ratio: end, share: steps.at(-1)!.share }].map(({ ratio, share }) => ({
      method,
      x: ratio,
      y: 100 * share,
    }));
  });
  return {
    title,
    kind: "step",
    points: lines.flat(),
    ends: [],
    x: { title: "Time / fastest method's time", scale: "log", domain: [1, end], plain: true },
    y: { title: share, scale: "linear", domain: [-3, 103] },
    marked: lines.flatMap((line) =>
      sampled(line, 4).map((point) => ({
        ...point,
        says: `${methodTitle(point.method)}: ${point.y.toFixed(0)} % within ${short(Number(point.x))} times the fastest`,
      })),
    ),
  };
}

function dataOf(name: string, held: readonly HeldProfile[]): FigureData {
  const rows = held.flatMap(({ experiment, reached }) =>
    (["loss", "accuracy"] as const).flatMap((measure) =>
      reached[measure].map(({ method, dataset, trial, target, steps, alone, amortised }) => ({
        experiment: experiment.plan.experiment,
        measure,
        dataset,
        trial,
        method,
        target,
        seconds: alone,
        seconds_with_meta_training: amortised,
        steps,
        numerics: experiment.plan.numerics,
      })),
    ),
  );
  const columns = [
    "experiment",
    "measure",
    "dataset",
    "trial",
    "method",
    "target",
    "seconds",
    "seconds_with_meta_training",
    "steps",
    "numerics",
  ];
  return { name, columns, rows };
}
