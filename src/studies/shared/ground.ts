import type { ProgressReporter } from "../../core/progress.js";
import type { Engine, EngineSwitches } from "../../engine/engine.js";
import type { AnalysisRecord } from "../../records/analysis.js";

/** What is around a study while it runs. */
export interface Ground<Made = AnalysisRecord> {
  /** Folder of all experiments. */
  readonly results: string;
  /** Folder of all datasets. */
  readonly data: string;
  /** Called where something is to be computed. @param switches of the config whose runs are looked at. */
  openEngine(switches?: EngineSwitches): Promise<Engine>;
  readonly signal: AbortSignal;
  readonly progress: ProgressReporter;
  /** Takes what a user should know. */
  onNotice?(text: string): void;
  /** Told of every record that was made. */
  onFinished?(record: Made): void;
}
