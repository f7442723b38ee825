import type { ProgressReporter } from "../../core/progress.js";
import type { QuadraticLearning, QuadraticResult } from "../../records/analysis.js";

/** What is around a study. */
export interface StudyWatch {
  readonly signal: AbortSignal;
  readonly progress: ProgressReporter;
  /** Told of every analysis. @param fresh false for one that was finished before. */
  onFinished?(record: QuadraticLearning | QuadraticResult, fresh: boolean): void;
}
