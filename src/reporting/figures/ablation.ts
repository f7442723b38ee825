import { groupBy } from "../../core/group.js";
import { counted } from "../../core/wording.js";
import { experimentOf } from "../evidence.js";
import type { Experiment } from "../experiment.js";
import { spreadOf, trialsOf } from "../measured/curves.js";
import { METRICS } from "../measured/trials.js";
import type { FigureData, MarkedPoint, Panel, Point } from "./figure.js";
import type { FigureEntry } from "../study-show.js";
import { marked } from "./marked.js";
import { baseOf } from "./theme.js";
import * as words from "./figure-texts.js";
import { enumerated, percent, short } from "./figure-texts.js";
import { methodTitle } from "../method-title.js";

/** What a variant changes, by the setting that it changes. */
const PARTS: Readonly<Record<string, string>> = {
  mode: "Hypergradient",
  inverse: "Inverse",
  initialisation: "Start",
  normalise: "Displacements",
  gamma: "Regularisation",
  innerSteps: "Inner steps T",
  momentum: "Momentum",
};
/** What the variants are compared with. */
const REFERENCES: readonly string[] = ["sgd", "metamd"];

/** A method or a variant, and what its trials came to. */
interface Row {
  readonly id: string;
  readonly name: string;
  /** Undefined for a method. */
  readonly part: string | undefined;
  readonly trials: readonly Trial[];
}

interface Trial {
  readonly trial: number;
  /** In percent; chance where it diverged. */
  readonly accuracy: number | undefined;
  /** Infinite where it diverged. */
  readonly auc: number | undefined;
  readonly diverged: boolean;
}
type Measure = "accuracy" | "auc";

export const ablation: FigureEntry = {
  title: "MetaMD with one part changed at a time",
  shows:
    "Test accuracy and training-loss AUC of variants of MetaMD, grouped by the part that differs, beside MetaMD and SGD.",
  needs: "trials of the ablation",
  width: "single",
  draw(evidence) {
    const experiment = experimentOf(evidence, "ablation");
    const rows = experiment === undefined ? [] : rowsOf(experiment);
    if (experiment === undefined || rows.length === 0)
      return words.notRun("no finished trial of the ablation", words.runCommand("ablation"));
    const variants = rows.filter(({ part }) => part !== undefined);
    const plain = rows.filter(({ part }) => part === undefined);
    const { plan } = experiment;
    const tags = plan.methods.flatMap(({ id }) =>
      trialsOf(experiment, id, plan.holdouts).records.map(({ data }) => data.tag),
    );
    const most = Math.max(...rows.map(({ trials }) => trials.length));
    const compared = rows.filter(({ id }) => REFERENCES.includes(id)).map(({ name }) => name);
    return marked(
      {
        title: ablation.title,
        alt: `MetaMD in ${counted(variants.length, "variant")} beside ${enumerated(plain.map(({ name }) => name))}. ${saidOf(rows)}`,
        caption:
          `Means of ${counted(most, "trial")} on ${enumerated(plan.holdouts.map(words.domainName))}; dots are single trials, bars ` +
          "reach from the smallest to the largest. " +
          (compared.length === 0 ? "" : `Vertical lines: ${enumerated(compared)}. `) +
          words.provenance(plan.preset, tags) +
          rows.map(noteOf).join(""),
        columns: { single: 2, double: 2 },
        panels: [panelOf(rows, "accuracy", "Test accuracy (%)"), panelOf(rows, "auc", "Training-loss AUC")],
        legend: [...new Set(rows.map(lookOf))].map((method) => ({
          method,
          name: rows.find(({ id }) => id === method)?.name ?? methodTitle(method),
        })),
        data: [summaryData(rows), trialData(rows)],
      },
      plan.numerics,
    );
  },
};

/** Methods first, then variants by the part that they change, both in the plan's order. */
function rowsOf(experiment: Experiment): Row[] {
  const { plan } = experiment;
  const rows = plan.methods.flatMap(({ id, title }): Row[] => {
    const { records } = trialsOf(experiment, id, plan.holdouts);
    const trials = records.map((record): Trial => ({
      trial: record.cell.phase === "trial" ? record.cell.trial : 0,
      diverged: record.state === "diverged",
      accuracy: METRICS.accuracy.of(record),
      auc: METRICS.auc.of(record),
    }));
    return trials.length === 0 ? [] : [{ id, name: title, part: partOf(plan.config, id), trials }];
  });
  return [...groupBy(rows, ({ part }) => part ?? "").entries()]
    .sort(([a], [b]) => Number(a !== "") - Number(b !== ""))
    .flatMap(([, ones]) => ones);
}

/** The part that a variant's config changes first. */
function partOf(config: Readonly<Record<string, unknown>>, id: string): string | undefined {
  const [, name] = id.split("/");
  if (name === undefined) return undefined;
  const variants = (config["variants"] ?? {}) as Readonly<Record<string, Changes>>;
  const { metaTraining = {}, methodSettings = {} } = variants[name] ?? {};
  const [setting] = [...Object.keys(metaTraining), ...Object.keys(methodSettings)];
  return setting === undefined ? "Others" : (PARTS[setting] ?? setting);
}

interface Changes {
  readonly metaTraining?: object | undefined;
  readonly methodSettings?: object | undefined;
}

/** The method whose colour and marker a row has: a variant looks as its method does. */
const lookOf = ({ id }: Row): string => baseOf(id);

const valuesOf = ({ trials }: Row, measure: Measure): number[] =>
  trials.flatMap((trial) => (trial[measure] === undefined ? [] : [trial[measure]]));

function panelOf(rows: readonly Row[], measure: Measure, title: string): Panel {
  const finite = rows.map((row) => ({ ...row, values: valuesOf(row, measure).filter(Number.isFinite) }));
  const shown = finite.filter(({ trials, values }) => values.length > 0 && values.length === trials.length);
  const marked = shown.map((row): MarkedPoint => {
    const { name, values } = row;
    const { mean, low, high } = spreadOf(values);
    const said = measure === "accuracy" ? percent(mean / 100) : `AUC ${short(mean)}`;
    const says = `${name}: ${said} (${counted(values.length, "trial")})`;
    return { method: lookOf(row), x: name, y: mean, low, high, says };
  });
  const headings = [...new Set(rows.flatMap(({ part }) => part ?? []))];
  return {
    kind: "rows",
    points: marked,
    marked,
    ends: [],
    x: { title: "", scale: "band", values: namesOf(rows), headings },
    y: { title, scale: "linear" },
    samples: finite.flatMap((row) => row.values.map((y): Point => ({ method: lookOf(row), x: row.name, y }))),
    references: shown
      .filter(({ id }) => REFERENCES.includes(id))
      .map(({ id, values }) => ({ method: id, y: spreadOf(values).mean })),
  };
}

/** The names of all rows, with the part that differs above each group. */
const namesOf = (rows: readonly Row[]): string[] =>
  [...groupBy(rows, ({ part }) => part ?? "")].flatMap(([part, ones]) => [
    ...(part === "" ? [] : [part]),
    ...ones.map(({ name }) => name),
  ]);

function saidOf(rows: readonly Row[]): string {
  const nameOf = (id: string): string => rows.find((row) => row.id === id)!.name;
  const means = (measure: Measure): { method: string; value: number }[] =>
    rows.flatMap((row) => {
      const values = valuesOf(row, measure);
      return values.length === 0 || values.includes(Infinity) ? [] : [{ method: row.id, value: spreadOf(values).mean }];
    });
  const accuracy = words.extremes(means("accuracy"), nameOf, (value) => percent(value / 100));
  return `Mean test accuracy: ${accuracy}. Mean AUC: ${words.extremes(means("auc"), nameOf)}.`;
}

function noteOf({ name, trials }: Row): string {
  const diverged = trials.filter((trial) => trial.diverged).length;
  if (diverged === 0) return "";
  return ` ${name}: ${diverged} of ${trials.length} diverged, counted as chance; the AUC is infinite.`;
}

function summaryData(rows: readonly Row[]): FigureData {
  const columns = ["part", "method", "title", "accuracy_mean", "accuracy_std", "auc_mean", "auc_std", "trials"];
  return {
    name: "ablation",
    columns: [...columns, "diverged"],
    rows: rows.map((row) => {
      const [accuracies, aucs] = [valuesOf(row, "accuracy"), valuesOf(row, "auc")];
      return {
        part: row.part,
        method: row.id,
        title: row.name,
        trials: row.trials.length,
        ...(accuracies.length > 0 && named("accuracy", accuracies)),
        ...(aucs.length > 0 && named("auc", aucs)),
        diverged: row.trials.filter(({ diverged }) => diverged).length,
      };
    }),
  };
}

function named(measure: Measure, values: readonly number[]): Record<string, number | undefined> {
  const { mean, std } = spreadOf(values);
  return { [`${measure}_mean`]: mean, [`${measure}_std`]: Number.isFinite(mean) ? std : undefined };
}

const trialData = (rows: readonly Row[]): FigureData => ({
  name: "ablation_trials",
  columns: ["method", "trial", "accuracy", "auc"],
  rows: rows.flatMap(({ id, trials }) =>
    trials.map(({ trial, accuracy, auc }) => ({ method: id, trial, accuracy, auc })),
  ),
});
