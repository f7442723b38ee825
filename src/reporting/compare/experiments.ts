import { mean, meanIfAny, std } from "../../core/averages.js";
import { configDifferences, type ConfigDifference } from "../../records/plan-difference.js";
import { columnsOf, type Experiment } from "../experiment.js";
import { engineMarks } from "../measured/engines.js";
import { measureTrials, METRICS, plannedTrials, type Metric, type Trials } from "../measured/trials.js";
import type { Mark } from "../table/table.js";
import { shortly, type Pair } from "./open.js";

/** A number of one side, with the standard error of its mean. */
export interface Value {
  readonly mean: number | undefined;
  readonly error: number | undefined;
  /** Trials behind it. */
  readonly n: number;
}

/** The second side less the first. Paired: over the trials that both have, which begin from the same seeds. */
export interface Difference {
  readonly mean: number | undefined;
  readonly error: number | undefined;
  readonly paired: boolean;
}

/** One method on one holdout on both sides. */
export interface ComparedCell {
  readonly method: string;
  readonly title: string;
  readonly holdout: string;
  readonly sides: readonly [Value, Value];
  readonly difference: Difference;
  /** Runs with the same id on both sides: the same settings, data and seed. */
  readonly sameRuns: number;
  /** What is not as it should be, like "1 of 3 diverged", by side. */
  readonly marks: readonly [readonly string[], readonly string[]];
}

/** A part of the training curve of one method on one holdout: the mean mini-batch loss, over its trials. */
interface ComparedPart {
  readonly method: string;
  readonly title: string;
  readonly holdout: string;
  /** "steps 1 to 25". */
  readonly part: string;
  readonly sides: readonly [Value, Value];
  readonly difference: Difference;
}

/** Two experiments set against each other. */
export interface Comparison {
  readonly experiments: readonly [string, string];
  readonly folders: readonly [string, string];
  readonly numerics: readonly [number, number];
  readonly config: readonly ConfigDifference[];
  /** What made the numbers of both sides, where that was not the same everywhere. */
  readonly engines: readonly Mark[];
  readonly metrics: readonly { readonly metric: Metric; readonly cells: readonly ComparedCell[] }[];
  readonly curves: readonly ComparedPart[];
}

/** Parts that a curve is compared in. */
const PARTS = 4;

/** Compares configs, accuracies, AUCs and training curves of two experiments. */
export function compareExperiments([a, b]: Pair): Comparison {
  return {
    experiments: [a.plan.experiment, b.plan.experiment],
    folders: [shortly(a), shortly(b)],
    numerics: [a.plan.numerics, b.plan.numerics],
    config: configDifferences(a.plan.config, b.plan.config),
    engines: engineMarks([...a.records.values(), ...b.records.values()]),
    metrics: Object.values(METRICS).map((metric) => ({
      metric,
      cells: comparedCells(measureTrials(a, metric), measureTrials(b, metric)),
    })),
    curves: comparedCurves([a, b]),
  };
}

function comparedCells(a: Trials, b: Trials): ComparedCell[] {
  const both = [a, b] as const;
  const titles = new Map(both.flatMap(({ experiment }) => experiment.plan.methods.map(({ id, title }) => [id, title])));
  const holdouts = new Set(both.flatMap(({ columns }) => columns.map(({ title }) => title)));
  return [...titles].flatMap(([method, title]) =>
    [...holdouts].flatMap((holdout): ComparedCell[] => {
      const [left, right] = both.map(
        ({ rows, columns }) => rows.get(method)?.[columns.findIndex((column) => column.title === holdout)],
      );
      if (left === undefined && right === undefined) return [];
      const held = new Set(left?.samples.map(({ id }) => id));
      return [
        {
          method,
          title,
          holdout,
          sides: [valueOf([...(left?.values.values() ?? [])]), valueOf([...(right?.values.values() ?? [])])],
          difference: differenceOf(left?.values ?? new Map(), right?.values ?? new Map()),
          sameRuns: right?.samples.filter(({ id }) => held.has(id)).length ?? 0,
          marks: [left?.marks ?? ["not planned"], right?.marks ?? ["not planned"]],
        },
      ];
    }),
  );
}

function valueOf(values: readonly number[]): Value {
  return { mean: meanIfAny(values), error: errorOf(values), n: values.length };
}

/** The standard error of a mean; undefined for fewer than two values, or infinite ones. */
function errorOf(values: readonly number[]): number | undefined {
  const spread = std(values);
  return spread === undefined ? undefined : spread / Math.sqrt(values.length);
}

/** By trial where both sides have the same trials, else of two independent samples. */
function differenceOf(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): Difference {
  const [left, right] = [[...a.values()], [...b.values()]];
  const paired = a.size > 1 && a.size === b.size && [...a.keys()].every((trial) => b.has(trial));
  if (left.length === 0 || right.length === 0) return { mean: undefined, error: undefined, paired };
  const difference = mean(right) - mean(left);
  if (!Number.isFinite(difference)) return { mean: undefined, error: undefined, paired };
  const [one, other] = [errorOf(left), errorOf(right)];
  const error = paired
    ? errorOf([...a].map(([trial, value]) => b.get(trial)! - value))
    : one === undefined || other === undefined
      ? undefined
      : Math.hypot(one, other);
  return { mean: difference, error, paired };
}

/** Mean losses by part of the run, over the steps of the shorter side. */
function comparedCurves([a, b]: Pair): ComparedPart[] {
  return a.plan.methods.flatMap(({ id, title }) =>
    columnsOf(a.plan).flatMap(({ title: holdout }): ComparedPart[] => {
      const curves = [a, b].map((side) => lossesOf(side, id, holdout));
      const steps = Math.min(...curves.flatMap((held) => [...held.values()].map((losses) => losses.length)));
      if (curves.some(({ size }) => size === 0) || steps < PARTS) return [];
      return Array.from({ length: PARTS }, (_none, i): ComparedPart => {
        const [from, to] = [i, i + 1].map((part) => Math.floor((part * steps) / PARTS));
        const [left, right] = curves.map(
          (held) => new Map([...held].map(([trial, losses]) => [trial, mean(losses.slice(from, to))])),
        );
        const sides = [valueOf([...left!.values()]), valueOf([...right!.values()])] as const;
        const part = `steps ${from! + 1} to ${to!}`;
        return { method: id, title, holdout, part, sides, difference: differenceOf(left!, right!) };
      });
    }),
  );
}

/** Mini-batch losses of every finished trial that did not diverge, by trial. */
function lossesOf({ plan, records, store }: Experiment, method: string, title: string): Map<string, number[]> {
  const column = columnsOf(plan).find((one) => one.title === title);
  const done = column === undefined ? [] : plannedTrials(plan, method, column);
  return new Map(
    done
      .filter(({ id }) => records.get(id)?.state === "done")
      .map(({ id, trial }) => [String(trial), store.curve(id).flatMap(({ trainLoss }) => trainLoss ?? [])]),
  );
}
