import { groupBy } from "../../core/group.js";
import { order } from "../../core/noise.js";
import type { RunRecord } from "../../records/record.js";
import type { Experiment } from "../experiment.js";
import { spreadOf, trialsOf, windowedCurve } from "./curves.js";
import type { Drawing, FigureData, LegendEntry, Panel, Point } from "./figure.js";
import type { FigureEntry } from "../study-show.js";
import { markedPanel } from "./marked.js";
import { experimentName, shownExperiments, variantsNote } from "./searches.js";
import { sampled } from "./thin.js";
import * as words from "./figure-texts.js";
import { counted, methodName, percent, short } from "./figure-texts.js";

/** How far a run may stay behind the best baseline: a share of its loss, points of its accuracy. */
const SLACK = { loss: 0.05, accuracy: 0.01 } as const;
/** Times the fastest method's time up to which profiles are drawn. */
const MOST = 100;

/** Its trials differ in weight decay, so they are no repetitions. */
const SHIFTED = "E9";

/** What a trial has to reach. */
type Measure = "loss" | "accuracy";
/** Whose time: the trial's alone, or with its share of the meta-training. */
type Clock = "alone" | "amortised";

/** Seconds that a method's trial took to the target; Infinity where it did not reach it. */
interface Reached extends Readonly<Record<Clock, number>> {
  readonly method: string;
  readonly dataset: string;
  readonly trial: number;
  readonly target: number;
}

const PANELS = [
  { measure: "loss", clock: "alone", title: "loss" },
  { measure: "loss", clock: "amortised", title: "loss + meta-training" },
  { measure: "accuracy", clock: "alone", title: "accuracy" },
  { measure: "accuracy", clock: "amortised", title: "accuracy + meta-training" },
] as const;

/** Performance profiles (Dolan and Moré, 2002) of times to a target: ρ(τ) is the share of (dataset, trial) cells in which a method
 *  needs at most τ times the fastest method's time. The target on a dataset is the best baseline's (not learned) mean over its
 *  trials of the last window's training loss, plus 5 % of it; or of the test accuracy, less one point. Runs read the test split once, so the time to an
 *  accuracy is that of the whole run. */
export const profile: FigureEntry = {
  title: "Share of trials that reach the target, by time",
  shows:
    "How often and how fast every method reaches what the best tuned baseline ends with, without and with its meta-training.",
  needs: "records of trials with their curves, of baselines too",
  width: "double",
  draw(evidence) {
    const compared = shownExperiments(evidence).filter(({ plan }) => plan.config["experiment"] !== SHIFTED);
    const all = compared.map((experiment) => ({
      experiment,
      reached: { loss: reachedBy(experiment, "loss"), accuracy: reachedBy(experiment, "accuracy") },
    }));
    const held = all.filter(({ reached }) => reached.loss.length > 0);
    if (held.length === 0) return words.notRun("no finished trial of a baseline", "metamd run --config FILE");
    return drawingOf(held, variantsNote(evidence));
  },
};

interface Held {
  readonly experiment: Experiment;
  readonly reached: Readonly<Record<Measure, readonly Reached[]>>;
}

function drawingOf(held: readonly Held[], note: string): Drawing {
  const legend = new Map<string, LegendEntry>();
  for (const { experiment, reached } of held)
    for (const entry of words.legendOf(experiment, (id) => reached.loss.some(({ method }) => method === id)))
      legend.set(entry.method, entry);
  const said = held.map(({ experiment, reached }) => {
    const shares = [...groupBy(reached.loss, ({ method }) => method)].map(([method, ones]) => {
      return { method, value: ones.filter(({ alone }) => Number.isFinite(alone)).length / ones.length };
    });
    return `${experimentName(experiment)}: share of trials that reach the loss ${words.extremes(shares, methodName, percent)}`;
  });
  const panels = held.flatMap(({ experiment, reached }) =>
    PANELS.filter(({ measure }) => reached[measure].length > 0).map(({ measure, clock, title }) =>
      markedPanel(
        panelOf(`${experimentName(experiment)}: ${title}`, reached[measure], clock),
        experiment.plan.numerics,
      ),
    ),
  );
  return {
    title: profile.title,
    panels,
    legend: [...legend.values()],
    columns: { single: 2, double: 4 },
    alt: `Performance profiles of ${counted(legend.size, "method")}. ${said.join(". ")}.`,
    caption:
      "Share of (dataset, trial) cells in which a method needs at most this many times the fastest method's time to the target: the best " +
      `baseline's mean last training loss plus ${percent(SLACK.loss)}, or its mean test accuracy less ${100 * SLACK.accuracy} point. ` +
      "With meta-training: its time, divided by the method's runs on the holdout, is added to each. Test accuracies are read at a " +
      `run's end. ${words.presetsOf(held.map(({ experiment }) => experiment.plan))}${note}`,
    data: [dataOf(held)],
  };
}

function reachedBy(experiment: Experiment, measure: Measure): Reached[] {
  const { plan } = experiment;
  return plan.holdouts.flatMap((dataset) => {
    const trials = plan.methods.flatMap(({ id: method }) => trialsOf(experiment, method, [dataset]).records);
    const goal = targetOf(experiment, trials, measure);
    if (goal === undefined) return [];
    const shares = new Map(plan.methods.map(({ id }) => [id, shareOfMetaTraining(experiment, id, dataset)]));
    return trials.flatMap((record): Reached[] => {
      const { method } = record.cell;
      const alone = secondsTo(experiment, record, measure, goal);
      const amortised = alone + shares.get(method)!;
      const trial = record.cell.phase === "trial" ? record.cell.trial : 0;
      return [{ method, dataset, trial, target: goal, alone, amortised }];
    });
  });
}

/** What the best baseline ends with, with the slack; undefined without any. */
function targetOf(experiment: Experiment, trials: readonly RunRecord[], measure: Measure): number | undefined {
  const baselines = [
    ...groupBy(
      trials.filter(({ cell }) => cell.metaTrain.length === 0),
      ({ cell }) => cell.method,
    ).values(),
  ];
  const ends = baselines.flatMap((ones) => {
    const values = ones.map((record) =>
      measure === "loss"
        ? lastLoss(experiment, record)
        : record.state === "diverged"
          ? record.metrics.chance
          : record.metrics.testAccuracy,
    );
    return values.includes(undefined) ? [] : [spreadOf(values as number[]).mean];
  });
  if (ends.length === 0) return undefined;
  return measure === "loss" ? Math.min(...ends) * (1 + SLACK.loss) : Math.max(...ends) - SLACK.accuracy;
}

function lastLoss(experiment: Experiment, record: RunRecord): number {
  return record.state === "diverged" ? Infinity : (windowedCurve(experiment, record).losses.at(-1) ?? Infinity);
}

/** Wall-clock seconds to the first window whose mean loss is the target's or less, or of the run whose accuracy is enough. */
function secondsTo(experiment: Experiment, record: RunRecord, measure: Measure, goal: number): number {
  const { losses, at } = windowedCurve(experiment, record);
  if (measure === "loss") {
    const window = losses.findIndex((loss) => order(loss, goal) <= 0);
    return window < 0 ? Infinity : at.time[window]!;
  }
  const enough = record.state === "done" && order(record.metrics.testAccuracy ?? 0, goal) >= 0;
  return enough ? (at.time.at(-1) ?? Infinity) : Infinity;
}

/** Seconds of the method's meta-training for a holdout that each of its runs there bears. */
function shareOfMetaTraining({ plan, records }: Experiment, method: string, holdout: string): number {
  const runs = plan.cells.filter(
    (cell) => cell.phase !== "meta-train" && cell.method === method && cell.holdout === holdout,
  );
  const needed = new Set(runs.flatMap(({ dependsOn }) => dependsOn));
  const learned = plan.cells.filter(({ id, phase }) => phase === "meta-train" && needed.has(id));
  const seconds = learned.reduce((sum, { id }) => sum + (records.get(id)?.timings.wallMilliseconds ?? 0) / 1000, 0);
  return runs.length === 0 ? 0 : seconds / runs.length;
}

/** Every cell's time as a multiple of the fastest method's there. */
function ratiosOf(reached: readonly Reached[], clock: Clock): { readonly method: string; readonly ratio: number }[] {
  return [...groupBy(reached, ({ dataset, trial }) => `${dataset} ${trial}`).values()].flatMap((cell) => {
    const fastest = Math.min(...cell.map((one) => one[clock]));
    return cell.map((one) => ({
      method: one.method,
      ratio: Number.isFinite(one[clock]) ? one[clock] / fastest : Infinity,
    }));
  });
}

function panelOf(title: string, reached: readonly Reached[], clock: Clock): Panel {
  const ratios = ratiosOf(reached, clock);
  const largest = ratios.reduce((most, { ratio }) => (Number.isFinite(ratio) ? Math.max(most, ratio) : most), 2);
  const end = Math.min(MOST, largest * 1.2);
  const lines = [...groupBy(ratios, ({ method }) => method)].map(([method, ones]): Point[] => {
    const sorted = ones.map(({ ratio }) => ratio).sort((a, b) => a - b);
    const steps = sorted
      .map((ratio, i) => ({ method, x: ratio, y: (100 * (i + 1)) / ones.length }))
      .filter(({ x }, i) => x <= end && x !== sorted[i + 1]);
    const start = { method, x: 1, y: steps.filter(({ x }) => x <= 1).at(-1)?.y ?? 0 };
    const inside = steps.filter(({ x }) => x > 1);
    return [start, ...inside, { method, x: end, y: inside.at(-1)?.y ?? start.y }];
  });
  return {
    title,
    kind: "step",
    points: lines.flat(),
    ends: [],
    x: { title: "Time / fastest method's time", scale: "log", domain: [1, end] },
    y: { title: "Trials at the target (%)", scale: "linear", domain: [0, 103] },
    marked: lines.flatMap((line) =>
      sampled(line, 4).map((point) => ({
        ...point,
        says: `${methodName(point.method)}: ${point.y.toFixed(0)} % within ${short(Number(point.x))} times the fastest`,
      })),
    ),
  };
}

function dataOf(held: readonly Held[]): FigureData {
  const rows = held.flatMap(({ experiment, reached }) =>
    (["loss", "accuracy"] as const).flatMap((measure) =>
      reached[measure].map(({ method, dataset, trial, target, alone, amortised }) => ({
        experiment: experiment.plan.experiment,
        measure,
        dataset,
        trial,
        method,
        target,
        seconds: alone,
        seconds_with_meta_training: amortised,
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
    "numerics",
  ];
  return { name: "profile", columns, rows };
}
