import { groupBy } from "../../core/group.js";
import { counted } from "../../core/wording.js";
import { experimentOf } from "../evidence.js";
import type { Experiment } from "../experiment.js";
import { spreadOf, trialsOf } from "../measured/curves.js";
import { aucOf } from "../measured/trials.js";
import type { FigureData, MarkedPoint, Panel } from "./figure.js";
import type { FigureEntry } from "../study-show.js";
import { marked } from "./marked.js";
import * as words from "./figure-texts.js";
import { domainName, short } from "./figure-texts.js";
import { methodTitle } from "../method-title.js";

/** The AUC of a method at a weight decay, over some sets and trials; infinite where a run diverged. */
interface Cell {
  readonly method: string;
  readonly weightDecay: number;
  readonly mean: number;
  readonly std: number | undefined;
  readonly low: number;
  readonly high: number;
  readonly runs: number;
  readonly diverged: number;
}

export const fig9: FigureEntry = {
  title: "Area under the training-loss curve by weight decay",
  shows:
    "How the training-loss AUC of every method changes when the weight decay is not the one it was learned and tuned with.",
  experiment: "E9",
  needs: "trials at several weight decays",
  width: "double",
  draw(evidence) {
    const experiment = experimentOf(evidence, "E9");
    const { plan } = experiment ?? {};
    const sets = plan?.holdouts.filter((domain) => cellsOf(experiment!, [domain]).length > 0) ?? [];
    if (experiment === undefined || plan === undefined || sets.length === 0)
      return words.notRun("no finished trial of E9", words.runCommand("weight-decay"));
    const means = meansOverSets(experiment, sets);
    const methods = plan.methods.filter(({ id }) => means.some(({ method }) => method === id));
    const ranges = methods.map(({ id }) => ({
      method: id,
      value: relativeRange(means.filter((one) => one.method === id)),
    }));
    const diverged = means.filter((one) => one.diverged > 0);
    const tags = plan.methods.flatMap(({ id }) => trialsOf(experiment, id, sets).records.map(({ data }) => data.tag));
    return marked(
      {
        title: fig9.title,
        alt:
          `AUC at ${counted(decaysOf(means).length, "weight decay")} of ${counted(methods.length, "method")}, mean over ` +
          `${counted(sets.length, "set")}. Relative range over weight decays: ${words.extremes(ranges, methodTitle)}.`,
        caption:
          `First panel: mean over ${counted(sets.length, "set")}; others: mean over the trials, bars from the smallest to the largest. ` +
          words.provenance(plan.preset, tags) +
          diverged
            .map(
              (one) =>
                ` ${methodTitle(one.method)} at ${one.weightDecay}: ${one.diverged} of ${one.runs} diverged, an infinite AUC.`,
            )
            .join(""),
        columns: { single: 2, double: 4 },
        panels: [
          panelOf("Mean over sets", means, decaysOf(means)),
          ...(sets.length > 1
            ? sets.map((set) => panelOf(domainName(set), cellsOf(experiment, [set]), decaysOf(means)))
            : []),
        ],
        legend: words.legendOf(experiment, (method) => methods.some(({ id }) => id === method)),
        data: [cellData(experiment, sets), summaryData(means, ranges)],
      },
      plan.numerics,
    );
  },
};

const decaysOf = (cells: readonly Cell[]): number[] =>
  [...new Set(cells.map(({ weightDecay }) => weightDecay))].sort((a, b) => a - b);

function cellsOf(experiment: Experiment, sets: readonly string[]): Cell[] {
  return experiment.plan.methods.flatMap(({ id: method }) => {
    const records = trialsOf(experiment, method, sets).records.filter(
      (record) => aucOf(record) !== undefined && record.selected !== undefined,
    );
    return [...groupBy(records, ({ selected }) => selected!.weightDecay)]
      .sort(([a], [b]) => a - b)
      .map(([weightDecay, runs]) => ({
        method,
        weightDecay,
        runs: runs.length,
        ...spreadOf(runs.map((run) => aucOf(run)!)),
        diverged: runs.filter(({ state }) => state === "diverged").length,
      }));
  });
}

/** The mean of the sets' means; only of weight decays that all sets have. */
function meansOverSets(experiment: Experiment, sets: readonly string[]): Cell[] {
  const cells = sets.flatMap((set) => cellsOf(experiment, [set]));
  return [...groupBy(cells, ({ method, weightDecay }) => `${method} ${weightDecay}`).values()]
    .filter(({ length }) => length === sets.length)
    .map((ones) => {
      const { method, weightDecay } = ones[0]!;
      const total = (of: (one: Cell) => number): number => ones.reduce((sum, one) => sum + of(one), 0);
      const { mean } = spreadOf(ones.map((one) => one.mean));
      return {
        method,
        weightDecay,
        mean,
        std: undefined,
        low: mean,
        high: mean,
        runs: total(({ runs }) => runs),
        diverged: total(({ diverged }) => diverged),
      };
    });
}

/** (largest − smallest) / mean of the AUC over the weight decays. */
function relativeRange(cells: readonly Cell[]): number {
  const { mean, low, high } = spreadOf(cells.map((one) => one.mean));
  return Number.isFinite(high) ? (high - low) / mean : Infinity;
}

function panelOf(title: string, cells: readonly Cell[], decays: readonly number[]): Panel {
  const finite = cells.filter(({ mean }) => Number.isFinite(mean));
  const says = ({ method, weightDecay, mean }: Cell): string =>
    `${methodTitle(method)}, weight decay ${weightDecay}: AUC ${short(mean)}`;
  const marked = finite.map((one): MarkedPoint => ({
    method: one.method,
    x: nameOf(one.weightDecay),
    y: one.mean,
    says: says(one),
    ...(one.high > one.low && { low: one.low, high: one.high }),
  }));
  return {
    title,
    kind: "line",
    points: marked,
    marked,
    ends: [],
    x: { title: "Weight decay", scale: "band", values: decays.map(nameOf) },
    y: { title: "Training-loss AUC", scale: "linear" },
  };
}

/** "0", "1e-4", "0.01". */
const nameOf = (decay: number): string => (decay > 0 && decay < 0.01 ? decay.toExponential() : String(decay));

function cellData(experiment: Experiment, sets: readonly string[]): FigureData {
  const rows = sets.flatMap((dataset) =>
    cellsOf(experiment, [dataset]).map(({ method, weightDecay, mean, std, runs, diverged }) => ({
      dataset,
      method,
      wd: weightDecay,
      auc_mean: mean,
      auc_std: std,
      runs,
      diverged,
    })),
  );
  return { name: "fig9", columns: ["dataset", "method", "wd", "auc_mean", "auc_std", "runs", "diverged"], rows };
}

function summaryData(means: readonly Cell[], ranges: readonly { method: string; value: number }[]): FigureData {
  const rows = means.map(({ method, weightDecay, mean }) => ({
    method,
    wd: weightDecay,
    auc_mean: mean,
    relative_range: ranges.find((range) => range.method === method)?.value,
  }));
  return { name: "fig9_summary", columns: ["method", "wd", "auc_mean", "relative_range"], rows };
}
