import type { AnalysisOf } from "../../records/analysis.js";
import type { Plan } from "../../records/plan.js";
import { mean, std } from "../../core/averages.js";

type SolutionRecord = AnalysisOf<"sharpness" | "landscape" | "rank">;

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

/** Analyses of trained models, all of one kind: mean and standard deviation over trials, a row per dataset and method, in
 *  the order in which they come; the splits of a dataset one after the other. */
export function solutionRows(records: readonly SolutionRecord[], { methods }: Pick<Plan, "methods">): SolutionRow[] {
  const groups = new Map<string, SolutionRecord[]>();
  for (const record of records) {
    const key = [record.dataset, "split" in record ? record.split : "", record.method].join("\n");
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  const blocks = new Map<string, SolutionRecord[][]>();
  for (const group of groups.values()) {
    const [first] = group as [SolutionRecord];
    const key = [first.dataset, "split" in first ? first.split : ""].join("\n");
    blocks.set(key, [...(blocks.get(key) ?? []), group]);
  }
  return [...blocks.values()].flat().map((group) => {
    const [first] = group as [SolutionRecord];
    const numbers = group.map(numbersOf);
    const spread = (name: string): Spread => {
      const values = numbers.map((held) => held[name]!);
      return { mean: mean(values), std: std(values) };
    };
    return {
      dataset: first.dataset,
      ...("split" in first && { split: first.split }),
      method: first.method,
      title: methods.find(({ id }) => id === first.method)?.title ?? first.method,
      trials: group.length,
      values: Object.fromEntries(Object.keys(numbers[0]!).map((name) => [name, spread(name)])),
    };
  });
}

function numbersOf(record: SolutionRecord): Readonly<Record<string, number>> {
  switch (record.kind) {
    case "sharpness": {
      const { eigenvalues, scaleFreeEigenvalue, residual, converged } = record;
      return { eigenvalue: eigenvalues[0]!, "times |θ|²": scaleFreeEigenvalue, residual, converged: Number(converged) };
    }
    case "landscape":
      return { loss: record.loss, rise: record.rise };
    case "rank":
      return { score: record.score, entropy: record.entropy };
  }
}
