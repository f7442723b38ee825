import type { AnalysisStore } from "../../records/analysis-store.js";
import type { QuadraticLearning, quadraticResult, QuadraticResult } from "./record.js";

/** What the study came to. */
export interface QuadraticOutcome {
  /** Its folder below the results. */
  readonly name: string;
  readonly store: AnalysisStore;
  readonly learned: readonly QuadraticLearning[];
  /** By family and variant, in the order of the methods. */
  readonly results: readonly QuadraticResult[];
  /** Analyses that were made now. */
  readonly fresh: number;
}

/** What a method came to on a family. */
export interface QuadraticRow {
  readonly variant: QuadraticResult["variant"];
  readonly family: string;
  readonly method: string;
  readonly learningRate: number;
  readonly mean: number;
  readonly median: number;
  /** Tasks on which it converged in fewer iterations than every other method. */
  readonly wins: number;
  readonly converged: number;
  readonly tasks: number;
}

/** A row for every result, in their order. */
export function summarise(store: AnalysisStore, results: readonly QuadraticResult[]): QuadraticRow[] {
  const counts = new Map(results.map((one) => [one.id, iterationsOf(store, one)]));
  return results.map((one) => {
    const rivals = results.filter(
      ({ id, family, variant }) => id !== one.id && family === one.family && variant === one.variant,
    );
    const others = rivals.map(({ id }) => counts.get(id)!);
    const wins = counts.get(one.id)!.filter((count, task) => others.every((rival) => count < rival[task]!)).length;
    const { variant, family, method, learningRate, meanIterations, medianIterations, converged, tasks } = one;
    return {
      variant,
      family,
      method,
      learningRate,
      mean: meanIterations,
      median: medianIterations,
      wins,
      converged,
      tasks,
    };
  });
}

/** Iterations by task; Infinity where the method did not converge. */
const iterationsOf = (store: AnalysisStore, one: QuadraticResult): number[] =>
  store
    .series<typeof quadraticResult>(one, "tasks")
    .map(({ iterations, converged }) => (converged === 1 ? iterations! : Infinity));
