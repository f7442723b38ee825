import { counted } from "../../core/wording.js";
import type { Experiment } from "../experiment.js";
import { shownNumber } from "../table/shown.js";
import type { Evidence } from "../study-show.js";
import { MOST_RATIO, profileScore, ratiosOf } from "../statistics/performance-profile.js";
import {
  heldProfiles,
  medianTimes,
  SLACK,
  type Clock,
  type HeldProfile,
  type MedianTime,
  stepsSaved,
} from "../measured/time-to-target.js";
import {
  numberCell,
  numberColumn,
  rowOf,
  wordCell,
  wordColumn,
  type Cell,
  type Sample,
  type Table,
} from "../table/table.js";
import { experimentMarks, provenanceOf, withOrigin } from "./origin.js";
import { measureTrials, METRICS, rankTrials, type TrialRanks } from "../measured/trials.js";
import { sampleOf } from "../measured/sample.js";

const TARGET =
  `Target: the training loss that the best baseline (not learned) ends with, plus ${100 * SLACK.loss} %. A data set is solved ` +
  "by the median trial: more than half have to reach it.";

const SCORES = [
  numberColumn("mean_rank", "mean rank", 2, { better: "lower" }),
  numberColumn("critical_difference", "critical difference", 3, { only: "machines" }),
  numberColumn("solved", "solved %", 1, { better: "higher" }),
  numberColumn("profile_steps", "profile, steps", 3, { better: "higher" }),
  numberColumn("profile_seconds", "profile, seconds", 3, { better: "higher" }),
  numberColumn("profile_seconds_with_meta_training", "with meta-training", 3, { better: "higher" }),
  numberColumn("steps_saved", "steps saved %", 1, { better: "higher" }),
];

/** The field's scores of every method, a panel per experiment: mean rank of the accuracy, share of data sets solved,
 *  AlgoPerf's profile score by three clocks, and steps saved against SGD-M. */
export const scorePanels = (evidence: Evidence): Table[] =>
  heldProfiles(evidence).map((held) => withOrigin(scoreTable(held)));

function scoreTable({ experiment, reached }: HeldProfile): Table {
  const { plan } = experiment;
  const medians = medianTimes(reached.loss);
  const ranks = rankTrials(measureTrials(experiment, METRICS.accuracy));
  const scores = new Map(
    (["steps", "alone", "amortised"] as const).map((clock) => [clock, ratiosOf(takenBy(medians, clock))]),
  );
  const rows = plan.methods.map(({ id, title }, i) => {
    const own = medians.filter(({ method }) => method === id);
    const samples = samplesOf(experiment, own, "steps");
    const number = (mean: number | undefined): Cell => ({ ...numberCell(mean), samples });
    const scoreBy = (clock: Clock): Cell => {
      const ratios = scores.get(clock)!.get(id);
      return number(ratios === undefined ? undefined : profileScore(ratios));
    };
    const solved = own.filter(({ steps }) => Number.isFinite(steps)).length;
    const saved = stepsSaved(experiment, id);
    return rowOf(id, title, [
      number(ranks.meanRanks[i]),
      numberCell(ranks.criticalDifference),
      number(own.length === 0 ? undefined : (100 * solved) / own.length),
      ...(["steps", "alone", "amortised"] as const).map(scoreBy),
      number(saved === undefined ? undefined : 100 * saved),
    ]);
  });
  return {
    ...headOf(experiment, "scores", `Scores: ${plan.title ?? plan.experiment}`),
    columns: SCORES,
    rows,
    definition:
      `Mean rank of the test accuracy, 1 for the best. ${TARGET} Profile: the area under the performance profile up to ` +
      `${MOST_RATIO} times the fastest method, as AlgoPerf scores, 1 at most. Steps saved: of SGD-M's steps, until a method has ` +
      "the training loss that SGD-M ends with.",
    notes: [rankNote(ranks)],
  };
}

function rankNote({ criticalDifference, methods, columns, friedman }: TrialRanks): string {
  const over = `${counted(methods.length, "method")} over ${counted(columns, "data set")}`;
  return criticalDifference === undefined
    ? `No critical difference of the mean ranks: ${friedman.undefinedBecause ?? "no ranks"}.`
    : `Mean ranks ${criticalDifference.toFixed(2)} apart differ at 5 % (Nemenyi, ${over}).`;
}

const TIMES = [
  wordColumn("dataset", "dataset", { only: "machines" }),
  numberColumn("target", "target", 4, { only: "machines" }),
  numberColumn("reached", "trials there", 0),
  numberColumn("steps", "steps", 0, { better: "lower" }),
  numberColumn("seconds", "seconds", 2, { better: "lower" }),
  numberColumn("seconds_with_meta_training", "with meta-training", 2, { better: "lower" }),
];

/** Steps and seconds of every method to the target, a panel per data set of every experiment. */
export const timePanels = (evidence: Evidence): Table[] =>
  heldProfiles(evidence).flatMap(({ experiment, reached }) => {
    const medians = medianTimes(reached.loss);
    return experiment.plan.holdouts.flatMap((dataset) => {
      const held = medians.filter((one) => one.dataset === dataset);
      return held.length === 0 ? [] : [withOrigin(timeTable(experiment, dataset, held))];
    });
  });

function timeTable(experiment: Experiment, dataset: string, medians: readonly MedianTime[]): Table {
  const { plan } = experiment;
  const { target } = medians[0]!;
  const rows = plan.methods.flatMap(({ id, title }) => {
    const own = medians.find(({ method }) => method === id);
    if (own === undefined) return [];
    const time = (clock: Clock, decimals: number): Cell => {
      const mean = own[clock];
      return {
        ...numberCell(mean, Number.isFinite(mean) ? shownNumber({ mean }, decimals) : "not there"),
        samples: samplesOf(experiment, [own], clock),
      };
    };
    const there = numberCell(own.solved, `${own.solved} of ${own.trials.length}`);
    const cells = [
      wordCell(dataset),
      numberCell(target),
      there,
      time("steps", 0),
      time("alone", 2),
      time("amortised", 2),
    ];
    return [rowOf(id, title, cells)];
  });
  return {
    ...headOf(
      experiment,
      `time-to-target_${dataset.replaceAll("/", "-")}`,
      `Time to the target on ${dataset}, a training loss of ${target.toPrecision(3)}`,
    ),
    columns: TIMES,
    rows,
    definition: `${TARGET} Medians over the trials; with meta-training: its time, divided by the method's runs on the holdout, is added to each.`,
  };
}

const headOf = (
  { plan, records, store }: Experiment,
  name: string,
  caption: string,
): Pick<Table, "id" | "caption" | "experiment" | "provenance" | "rowName" | "namesExperiment" | "marks"> => ({
  id: `${name}_${plan.experiment}`,
  caption,
  experiment: typeof plan.config["experiment"] === "string" ? plan.config["experiment"] : "",
  provenance: provenanceOf({ plan, records, store }),
  rowName: "method",
  namesExperiment: true,
  marks: experimentMarks({ plan, records, store }),
});

const takenBy = (medians: readonly MedianTime[], clock: Clock): { method: string; problem: string; time: number }[] =>
  medians.map(({ method, dataset, ...one }) => ({ method, problem: dataset, time: one[clock] }));

/** The trials behind medians, each with what it took. */
const samplesOf = ({ plan, records }: Experiment, medians: readonly MedianTime[], clock: Clock): Sample[] =>
  medians.flatMap(({ trials }) =>
    trials.map((trial) => sampleOf(plan.experiment, records.get(trial.id)!, trial[clock])),
  );
