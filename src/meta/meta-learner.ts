import type { z } from "zod";
import type { InertRules } from "../core/inert.js";
import type { Leaves } from "../core/tree.js";
import type { Engine } from "../engine/engine.js";
import type { ParameterSpec } from "../engine/parameters.js";
import type { LearnedValues } from "../optimisers/optimiser.js";
import type { Batches, Problem } from "../training/problem.js";

/** One meta-training task: a problem on all training images of one domain, its validation images among them, since nothing
 *  is tuned on them. No other split can be reached from here. */
export interface MetaTask {
  readonly domain: string;
  readonly problem: Problem;
  /** Mini-batches in the order of this seed, of the classes that it draws where a task shows only some at a time. */
  batches(seed: number): Batches;
  /** The same of a fixed stratified tenth of the images, for outer losses, and of the nine tenths without it.
   *  @param drawnBy the seed that draws the classes, default `seed`: one for both where the one judges the other. */
  outerBatches(seed: number, drawnBy?: number): Batches;
  innerBatches(seed: number, drawnBy?: number): Batches;
}

/** A row of the meta-training curve, numbers by name; every row of one method has the same names. */
export type MetaCurveRow = Readonly<Record<string, number>>;

/** All that meta-training needs to go on: what is learned so far, and how it went. */
export interface MetaProgress {
  readonly outerStep: number;
  /** What would be written if it ended here. */
  readonly learned: LearnedValues;
  /** What else decides how it goes on: moments of the outer optimiser, values that are not the best ones. */
  readonly memory?: LearnedValues;
  readonly curve: readonly MetaCurveRow[];
  /** Gradients evaluated so far, for the budget rule. */
  readonly gradientEvaluations: number;
}

export interface MetaTraining {
  readonly engine: Engine;
  readonly tasks: readonly MetaTask[];
  /** What is trained in every task. */
  readonly parameters: Leaves<ParameterSpec>;
  readonly seed: number;
  readonly divergenceLoss: number;
  readonly signal?: AbortSignal;
  /** Called after every training step, for the progress display. */
  onStep(): void;
  /** Called after every outer step: what it is given is enough to go on from, and is never changed later. */
  checkpoint(progress: MetaProgress): void;
}

/** Learns an optimiser on a set of tasks.
 *  @param resume what the last checkpoint was given, to go on bit by bit as if it had never stopped.
 *  @throws Interrupted after a checkpoint. */
export interface MetaLearner {
  learn(training: MetaTraining, resume?: MetaProgress): Promise<MetaProgress>;
  /** Gradient evaluations, for plans: those of a meta-training in which nothing diverges or is stopped early.
   *  @param seed of the meta-training; absent: at most, but that runs of a length that is drawn count with its mean. */
  budget(tasks: number, seed?: number): number;
}

/** A learner's line in the table of `meta/index.ts`. */
export interface LearnerEntry<Settings extends z.ZodType = z.ZodType> {
  readonly settings: Settings;
  /** Whether a tenth of every task's images is held out to judge by. */
  readonly holdsOut: boolean;
  /** Settings that can change nothing beside others. */
  readonly inert?: InertRules<z.output<Settings>>;
  /** A learning whose outer steps are as short as shows what a gradient costs; absent: they are as they are.
   *  @param size numbers that a task trains. */
  readonly sample?: (settings: z.output<Settings>, size: number) => z.output<Settings>;
  /** Numbers that a learning holds at most for every one that a task trains; absent: as many as a training. Of ours by what a
   *  process held more with MLPs of 5.6 million parameters than with 1.8 (l2o: 1.8 and .6). */
  readonly heldPerParameter?: (settings: z.output<Settings>) => number;
  create(settings: z.output<Settings>): MetaLearner;
}

/** Checks a line of the table against its own settings. */
export const learnerEntry = <Settings extends z.ZodType>(line: LearnerEntry<Settings>): LearnerEntry<Settings> => line;
