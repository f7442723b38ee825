import type { AnalysisRecord } from "../../records/analysis.js";
import type { Plan } from "../../records/plan.js";
import { mean, std } from "../../core/averages.js";
import { groupBy } from "../../core/group.js";

/** The record of an analysis of one trained model. */
export interface SolutionRecord extends AnalysisRecord {
  readonly method: string;
  readonly dataset: string;
  readonly trial: number;
  /** Which split of the dataset was looked at, where there are several. */
  readonly split?: "train" | "test";
}

/** A number over the trials of a method on a dataset. */
interface Spread {
  readonly mean: number;
  /** Of the sample; absent for one trial, and where a number is infinite. */
  readonly std?: number | undefined;
}

/** One method on one dataset; of ranks, on one split of it. */
export interface SolutionRow {
  readonly dataset: string;
  readonly split?: "train" | "test";
  readonly method: string;
  readonly title: string;
  readonly trials: number;
  /** By the heading that they are shown under. */
  readonly values: Readonly<Record<string, Spread>>;
}

/** Analyses of trained models, those of a method on a dataset together, in the order in which they come; the splits of a
 *  dataset one after the other. */
export function solutionGroups<Made extends SolutionRecord>(records: readonly Made[]): Made[][] {
  const groups = groupBy(records, ({ dataset, split = "", method }) => [dataset, split, method].join("\n"));
  const blocks = groupBy(groups.values(), ([first]) => [first!.dataset, first!.split ?? ""].join("\n"));
  return [...blocks.values()].flat();
}

/** The same as numbers: mean and standard deviation over trials, a row per dataset and method. */
export function solutionRows<Made extends SolutionRecord>(
  records: readonly Made[],
  { methods }: Pick<Plan, "methods">,
  numbersOf: (record: Made) => Readonly<Record<string, number>>,
): SolutionRow[] {
  return solutionGroups(records).map((group) => {
    const [first] = group as [Made];
    const numbers = group.map(numbersOf);
    const spread = (name: string): Spread => {
      const values = numbers.map((held) => held[name]!);
      return { mean: mean(values), std: std(values) };
    };
    return {
      dataset: first.dataset,
      ...(first.split !== undefined && { split: first.split }),
      method: first.method,
      title: methods.find(({ id }) => id === first.method)?.title ?? first.method,
      trials: group.length,
      values: Object.fromEntries(Object.keys(numbers[0]!).map((name) => [name, spread(name)])),
    };
  });
}
