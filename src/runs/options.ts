import type { ProgressReporter } from "../core/progress.js";
import type { ResolvedConfig } from "../config/load.js";
import type { SlurmSettings } from "../config/slurm-settings.js";
import type { EngineDetails, EngineName } from "../engine/engine.js";
import type { Choice } from "../engine/open.js";
import type { Cell, Plan } from "../records/plan.js";
import type { RunStore } from "../records/store.js";
import type { Submission } from "../records/submission.js";
import type { Domains } from "./plan/available-domains.js";

/** Where an experiment is planned. */
export interface PlanOptions {
  /** Folder of all experiments' results. */
  readonly results: string;
  /** Folder of the datasets. */
  readonly data: string;
  /** Leaves domains out whose data are not there; else they are an error. */
  readonly skipMissing?: boolean;
  /** Is told, in a sentence, what the caller should know: data that were left out, sets smaller than a batch. */
  readonly onNotice?: ((text: string) => void) | undefined;
}

/** What runs are computed with. */
export interface Computing {
  /** Default: the first that opens of those that metamd prefers. */
  readonly engine?: EngineName | "auto";
  /** Runs at the same time in all (default: one per processor; with GPUs as many as `runsPerGpu` on each). */
  readonly jobs?: number | undefined;
  /** Processor threads of each run (default: one, or where `jobs` is given its share of the processors; where that is 1,
   *  see `runShare`). */
  readonly threads?: number | undefined;
  /** The GPUs to be used, by their numbers (default: all that are visible to a native engine of the CUDA build). */
  readonly gpus?: readonly string[] | undefined;
  /** Runs at the same time on each GPU (default: one, or more of a small model; see `runsPerGpu` in plan/runs-per-gpu.ts). */
  readonly runsPerGpu?: number | undefined;
}

/** What is run of an experiment, with what, and who is told of it. */
export interface RunOptions extends PlanOptions, Computing {
  /** Only this holdout, by its id or its last part (default: each in turn). */
  readonly holdout?: string | undefined;
  /** Only this method (default: all of the config). */
  readonly method?: string | undefined;
  /** What a process that runs beside others may hold (default: 0.9 of the machine's memory, shared out). */
  readonly memoryBytes?: number | undefined;
  /** Goes on with what others began: runs that failed before are left alone (default: they are tried anew). */
  readonly skipFailed?: boolean | undefined;
  /** Minutes without anything to do after which runs that others have are left to them (default: they are waited for). */
  readonly idleMinutes?: number | undefined;
  /** This is a task of a job array: the file that says what was submitted. The plan is left as it is, and data, initial
   *  weights and learned files must be as they were. */
  readonly submission?: string | undefined;
  /** Runs on a cluster instead of this machine. */
  readonly slurm?: SlurmOptions | undefined;
  /** Stops after a checkpoint; on a cluster only the following ends, and the jobs go on. */
  readonly signal?: AbortSignal;
  readonly progress?: ProgressReporter;
  /** Is told of the engine that runs are computed on, once it is open. */
  readonly onEngine?: ((opened: OpenedEngine) => void) | undefined;
  /** Is told of the jobs that run the experiment on a cluster, once they are in the queue. */
  readonly onJobs?: ((jobs: SlurmJobs) => void) | undefined;
  /** Is told of every run that has a result now. */
  readonly onFinished?: ((run: Cell) => void) | undefined;
}

export interface OpenedEngine {
  readonly engine: EngineDetails;
  /** Those that come before it and don't open here. */
  readonly rejected: Choice["rejected"];
  /** That a GPU which is here is not used, why, and what to do about it. */
  readonly unusedGpu?: Choice["unusedGpu"];
  /** Runs at the same time, each in a process with an engine of its own. */
  readonly jobs: number;
}

/** How an experiment is run as a Slurm job array. */
export interface SlurmOptions {
  readonly settings: SlurmSettings;
  /** Tasks of the array (default: that of the settings, else 4); never more than there are runs to do. */
  readonly tasks?: number | undefined;
  /** The program and its arguments that every task runs: it runs the same part of the config of `submission`, with
   *  `skipFailed` and this share of a task's processors. */
  command(share: TaskShare): readonly string[];
  /** Returns as soon as the jobs are in the queue: all runs that are not done are left to them. */
  readonly detach?: boolean | undefined;
  /** Writes the batch script of what is left, and submits nothing. */
  readonly dryRun?: boolean | undefined;
}

/** What a Slurm task is given, and how its runs share its processors. */
export interface TaskShare {
  /** Path of the file with the config as it was submitted; the config's own file may change meanwhile. */
  readonly submission: string;
  /** These are absent where the task decides, by the GPUs and processors that Slurm gives it. */
  readonly jobs?: number | undefined;
  readonly runsPerGpu?: number | undefined;
  readonly threads?: number | undefined;
  readonly idleMinutes: number;
}

/** The job arrays that run an experiment. */
export interface SlurmJobs {
  /** Those in the queue; none where nothing is left to run. */
  readonly submissions: readonly Submission[];
  /** Tasks of arrays that were in the queue before, in which case nothing is submitted. */
  readonly queued: number;
  /** Runs that are not done. */
  readonly left: number;
  /** The batch script of an array that was submitted now, or would be. */
  readonly script?: string;
}

/** The runs of one call. */
export interface Work {
  readonly config: ResolvedConfig;
  readonly plan: Plan;
  /** Of the plan, in its order. */
  readonly cells: readonly Cell[];
  readonly store: RunStore;
  /** Of the plan, opened. */
  readonly domains: Domains;
  readonly dataFolder: string;
}

/** Who is told of them, and who stops them. */
export interface Watch {
  readonly progress: ProgressReporter;
  readonly signal: AbortSignal;
  readonly onFinished?: ((run: Cell) => void) | undefined;
}
