import { groupBy } from "../../core/group.js";
import { counted } from "../../core/wording.js";
import { experimentOf } from "../evidence.js";
import { earlierSentences } from "../numerics.js";
import { accuraciesOf, curvesOf, type Curves } from "./compared-curves.js";
import { accuracyPanel, lossPanel } from "./curve-panels.js";
import { spreadOf, trialsOf, type MeanCurve } from "../measured/curves.js";
import {
  isNotRun,
  type Drawing,
  type FigureData,
  type FigureOptions,
  type LegendEntry,
  type NotRun,
} from "./figure.js";
import type { FigureEntry } from "../study-show.js";
import { markedData, markedPanel } from "./marked.js";
import * as words from "./figure-texts.js";
import { domainName, enumerated } from "./figure-texts.js";

const NEEDS = "records of trials with their curves";
const E = { rotated: "rotated-mnist", digits: "diverse-digits", cifar: "cifar10", photos: "high-resolution" } as const;
const LOSS_SCALE =
  "Mini-batch losses are averaged over windows of steps; bands reach from the smallest to the largest run.";

export const fig2: FigureEntry = {
  title: "Training loss on RotatedMNIST and CIFAR10",
  shows: `Training loss by step of every method: the mean over RotatedMNIST's holdouts, and CIFAR10. ${LOSS_SCALE}`,
  experiment: "E2",
  needs: NEEDS,
  width: "double",
  draw(evidence, options) {
    const [left, right] = [curvesOf(evidence, "E2", E.rotated), curvesOf(evidence, "E4", E.cifar)];
    const drawn = [
      ...(isNotRun(left) ? [] : [{ ...left, title: "RotatedMNIST", file: "fig2_left" }]),
      ...(isNotRun(right) ? [] : [{ ...right, title: "CIFAR10", file: "fig2_right" }]),
    ];
    if (isNotRun(left) && isNotRun(right)) return left;
    const data = drawn.map(({ curves, file, experiment }) =>
      markedData(stepData(file, curves), experiment.plan.numerics),
    );
    const absent = [left, right].filter(isNotRun).map(({ missing, command }) => ` Left out: ${missing}; ${command}`);
    const made = drawing(fig2.title, drawn, options, { single: 1, double: 2 }, data);
    return { ...made, caption: made.caption + absent.join("") };
  },
};

export const fig3 = onSets("fig3", "E3", E.digits, {
  title: "Training loss on MNIST, QMNIST and SVHN",
  only: ["mnist", "qmnist", "svhn"],
  columns: { single: 1, double: 3 },
});

export const fig5 = onSets("fig5", "E3", E.digits, {
  title: "Training loss on every DiverseDigits set",
  columns: { single: 2, double: 3 },
});

export const fig4 = onSets("fig4", "E5", E.photos, {
  title: "Training loss and test accuracy on Pubfig",
  only: ["pubfig83"],
  columns: { single: 1, double: 2 },
  accuracy: true,
});

export const fig6 = onSets("fig6", "E5", E.photos, {
  title: "Training loss and test accuracy on Caltech, DTD, Flowers and Pubfig",
  columns: { single: 2, double: 4 },
  accuracy: true,
});

interface SetsOptions {
  readonly title: string;
  /** The holdouts that are shown; default all. */
  readonly only?: readonly string[];
  readonly columns: Drawing["columns"];
  /** Panels of the test accuracy as well. */
  readonly accuracy?: boolean;
}

/** A figure with the curves of single holdouts. */
function onSets(file: string, experimentId: string, config: string, sets: SetsOptions): FigureEntry {
  const { title, only, columns, accuracy = false } = sets;
  const unmeasured = accuracy ? " Runs measure no training accuracy, and read the test split once, at their end." : "";
  return {
    title,
    shows: `Training loss by epoch of every method on each set${accuracy ? ", and the test accuracy" : ""}.${unmeasured}`,
    experiment: experimentId,
    needs: NEEDS,
    width: "double",
    by: "epoch",
    draw(evidence, options) {
      const experiment = experimentOf(evidence, experimentId);
      const planned = experiment?.plan.holdouts.filter((domain) => only?.includes(domain) ?? true) ?? [];
      const all = (only ?? planned).map((domain) => curvesOf(evidence, experimentId, config, [domain]));
      const held = all.flatMap((one) => (isNotRun(one) ? [] : [one]));
      const [first] = all;
      if (held.length === 0)
        return first !== undefined && isNotRun(first)
          ? first
          : (curvesOf(evidence, experimentId, config, []) as NotRun);
      const data = markedData(setData(file, held, accuracy), held[0]!.experiment.plan.numerics);
      const made = drawing(title, held, options, columns, [data]);
      const absent = (only ?? planned).filter((_domain, i) => isNotRun(all[i]!)).map(domainName);
      const left = absent.length === 0 ? "" : ` No records of ${enumerated(absent)}.`;
      const accuracies = held.map((one) => markedPanel(accuracyPanel(one), one.experiment.plan.numerics));
      const panels = accuracy ? [...made.panels, ...accuracies] : made.panels;
      return { ...made, panels, caption: made.caption + unmeasured + left };
    },
  };
}

function drawing(
  title: string,
  all: readonly Curves[],
  options: FigureOptions,
  columns: Drawing["columns"],
  data: readonly FigureData[],
): Drawing {
  const { by } = options;
  const legend = new Map<string, LegendEntry>();
  for (const { experiment, curves } of all)
    for (const entry of words.legendOf(experiment, (method) => curves.some((curve) => curve.method === method)))
      legend.set(entry.method, entry);
  const says = all.map(({ title: panel, curves, name }) => {
    const ends = curves.flatMap(({ method, points }) => points.slice(-1).map(({ mean }) => ({ method, value: mean })));
    return `${panel}: it ends ${words.extremes(ends, name)}`;
  });
  const unit = { step: "step", epoch: "epoch", time: "wall-clock time" }[by];
  return {
    title,
    data,
    columns,
    alt: `Mean training loss by ${unit} of ${counted(legend.size, "method")}. ${says.join(". ")}.`,
    caption: captionOf(all, by),
    panels: all.map((one) => markedPanel(lossPanel(one, options), one.experiment.plan.numerics)),
    legend: [...legend.values()],
  };
}

/** How the panels were made: said once where it is the same for all. */
function captionOf(all: readonly Curves[], by: FigureOptions["by"]): string {
  const made = all.map((one) => ({ title: one.title, text: makingOf(one, by), notes: notesOf(one) }));
  const same = made.every(({ text }) => text === made[0]!.text);
  const texts = same
    ? [made[0]!.text]
    : made.map(({ title, text }) => `${title}: ${text.charAt(0).toLowerCase()}${text.slice(1)}`);
  const notes = made.flatMap(({ title, notes: own }) =>
    own.map((note) => (all.length > 1 ? `${title}, ${note}` : note)),
  );
  const earlier = earlierSentences(all.map(({ experiment }) => experiment.plan.numerics));
  return [...texts, tagsOf(all), ...notes].join(" ") + earlier;
}

/** Preset and kinds of data: of all panels at once where they are the same. */
function tagsOf(all: readonly Curves[]): string {
  const each = all.map(({ title, experiment, curves, domains }) => {
    const records = curves.flatMap(({ method }) => trialsOf(experiment, method, domains).records);
    return {
      title,
      text: words.provenance(
        experiment.plan.preset,
        records.map(({ data }) => data.tag),
      ),
    };
  });
  const groups = [...groupBy(each, ({ text }) => text)];
  if (groups.length === 1) return groups[0]![0];
  return groups.map(([text, ones]) => `${enumerated(ones.map(({ title }) => title))}: ${text}`).join(" ");
}

function makingOf({ curves, domains, windowSteps }: Curves, by: FigureOptions["by"]): string {
  const most = Math.max(...curves.map(({ runs }) => runs));
  const over = domains.length > 1 ? `${counted(domains.length, "holdout")}, ` : "";
  return [
    `Mean over ${over}${counted(most, "run")} a method; band from the smallest to the largest.`,
    `Mini-batch losses are means over ${counted(windowSteps, "step")}.`,
    ...(by === "time" ? ["Time is the mean over the runs at the same step."] : []),
  ].join(" ");
}

function notesOf({ curves, name, windowSteps }: Curves): string[] {
  return curves.flatMap(({ method, runs, planned, diverged, points }) => [
    ...(diverged === 0
      ? []
      : points.length === 0
        ? [`${name(method)}: ${diverged} of ${runs} diverged within ${counted(windowSteps, "step")}, so no line.`]
        : [`${name(method)}: ${diverged} of ${runs} diverged; the line ends where the first did (cross).`]),
    ...(runs < planned ? [`${name(method)}: ${runs} of ${planned} trials so far.`] : []),
  ]);
}

function stepData(name: string, curves: readonly MeanCurve[]): FigureData {
  return {
    name,
    columns: ["step", "method", "loss_mean", "loss_std", "epoch", "seconds", "runs", "diverged"],
    rows: curves.flatMap(({ method, runs, diverged, points }) =>
      points.map(({ step, mean, std, epoch, time }) => ({
        step,
        method,
        epoch,
        runs,
        diverged,
        loss_mean: mean,
        loss_std: std,
        seconds: time,
      })),
    ),
  };
}

/** Rows by set; test accuracies are those of the last step. */
function setData(name: string, all: readonly Curves[], accuracy: boolean): FigureData {
  const loss = accuracy ? ["train_loss", "test_acc", "train_loss_std"] : ["train_loss_mean", "train_loss_std"];
  const rows = all.flatMap((set) =>
    set.curves.flatMap(({ method, runs, diverged, points }): FigureData["rows"] => {
      const head = { dataset: set.domains[0], method, runs, diverged };
      const accuracies = accuracy ? accuraciesOf(set, method) : [];
      const final = accuracies.length === 0 ? {} : { test_acc: spreadOf(accuracies).mean };
      if (points.length === 0) return [{ ...head, ...final }];
      return points.map(({ epoch, step, time, mean, std }, i) => ({
        ...head,
        epoch,
        step,
        seconds: time,
        train_loss_std: std,
        ...(accuracy ? { train_loss: mean } : { train_loss_mean: mean }),
        ...(i === points.length - 1 && final),
      }));
    }),
  );
  return { name, columns: ["dataset", "method", "epoch", ...loss, "step", "seconds", "runs", "diverged"], rows };
}
