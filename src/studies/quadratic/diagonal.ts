import { z } from "zod";
import { milliseconds } from "../../core/clock.js";
import { Interrupted } from "../../core/errors.js";
import { pace } from "../../core/interruption.js";
import type { QuadraticTask } from "./problem.js";
import { hostAdam } from "../../meta/shared/host-adam.js";
import { diagonalObjective } from "./objective.js";
import { HYPERGRADIENTS, innerRun } from "./sensitivity.js";

/** MetaMD's meta-training of a diagonal M on quadratics. Defaults: those with which Figure 1 comes out in kind; the paper
 *  gives none of them. */
export const diagonalSettings = z.strictObject({
  hypergradient: z.enum(HYPERGRADIENTS).default("closed-form").describe("how an inner run is differentiated"),
  outerSteps: z.int().positive().default(600),
  tasksPerStep: z.int().positive().default(8).describe("inner runs of an outer step, each on a fresh task"),
  innerLearningRate: z.number().positive().default(0.03).describe("eta, of the inner runs and of the tests"),
  innerSteps: z.int().positive().default(100_000).describe("T: long enough to converge in the flattest direction"),
  k: z.number().nonnegative().default(0.003).describe("weight of 1 / lambda, lambda the least entry of m"),
  gamma: z.number().nonnegative().default(1).describe("weight of the regulariser |m - 1|"),
  metaLearningRate: z.number().positive().default(0.02).describe("of Adam on u = log m"),
  clip: z.number().positive().default(10).describe("largest entry of a hypergradient"),
});
export type DiagonalSettings = z.output<typeof diagonalSettings>;

/** By how much u rises in an outer step in which a run diverged. */
const RETREAT = 0.1;
/** |∇f| above which an inner run counts as not converged. */
const CONVERGED = 1e-6;

export interface DiagonalRow {
  readonly [name: string]: number;
  readonly outer_step: number;
  /** Of the step's tasks, before it; NaN where every run diverged. */
  readonly objective: number;
  /** Inner runs that diverged, and that T was too short for. */
  readonly diverged: number;
  readonly unconverged: number;
}

/** All that learning needs to go on. */
export interface DiagonalProgress {
  readonly outerStep: number;
  /** m = exp(u). */
  readonly u: Float64Array;
  /** Adam's moments, and how many steps it took. */
  readonly moments: Readonly<Record<string, Float64Array>>;
  readonly adamSteps: number;
  readonly curve: readonly DiagonalRow[];
}

export interface DiagonalTraining {
  /** Coordinates of a task. */
  readonly dimension: number;
  /** Task number 0, 1, …; every outer step takes the next ones. */
  task(number: number): QuadraticTask;
  readonly signal?: AbortSignal;
  onStep?(outerStep: number, objective: number): void;
  /** Given what is enough to go on from, now and then, and when interrupted. */
  checkpoint?(progress: DiagonalProgress): void;
  readonly checkpointSeconds?: number;
}

const untouched = (dimension: number): DiagonalProgress => ({
  outerStep: 0,
  u: new Float64Array(dimension),
  moments: {},
  adamSteps: 0,
  curve: [],
});

/** The preconditioner that progress stands for. */
export const preconditionerOf = ({ u }: DiagonalProgress): Float64Array => u.map(Math.exp);

/** Learns M = diag(m) on quadratic tasks, m = exp(u) from 1, with Adam on u and the true hypergradient
 *  dE/du = m∘dE/dm, clipped entry by entry. A diverged inner run counts for nothing in its outer step, and u rises by 0.1.
 *  @param resume what `checkpoint` was given, to go on bit by bit as if it had never stopped.
 *  @throws Interrupted after a checkpoint.
 *  Source: MetaMD paper, Sections A.1 and A.6, which leave the parametrisation and the outer optimiser open. */
export async function learnDiagonal(
  training: DiagonalTraining,
  settings: DiagonalSettings,
  resume?: DiagonalProgress,
): Promise<DiagonalProgress> {
  let state = resume ?? untouched(training.dimension);
  const breathe = pace();
  let saved = milliseconds();
  while (state.outerStep < settings.outerSteps) {
    state = outerStep(training, settings, state);
    training.onStep?.(state.outerStep, state.curve.at(-1)!.objective);
    await breathe();
    const stopped = training.signal?.aborted === true;
    if (stopped || milliseconds() - saved >= (training.checkpointSeconds ?? Infinity) * 1000) {
      training.checkpoint?.(state);
      saved = milliseconds();
    }
    if (stopped && state.outerStep < settings.outerSteps) throw new Interrupted();
  }
  return state;
}

function outerStep(
  { task }: DiagonalTraining,
  settings: DiagonalSettings,
  { outerStep: done, u, moments, adamSteps, curve }: DiagonalProgress,
): DiagonalProgress {
  const m = u.map(Math.exp);
  const tasks = Array.from({ length: settings.tasksPerStep }, (_, i) => task(done * settings.tasksPerStep + i));
  const inner = { learningRate: settings.innerLearningRate, steps: settings.innerSteps };
  const runs = tasks.map((one) => ({ start: one.start, end: innerRun(one, m, inner, settings.hypergradient) }));
  const usable = runs.filter(({ end }) => !end.diverged);
  let next = { u, moments, adamSteps, objective: NaN };
  if (usable.length > 0) {
    const { value, gradient } = diagonalObjective(m, usable, settings);
    const slope = gradient.map((entry, i) => entry * m[i]!);
    const t = adamSteps + 1;
    const { metaLearningRate, clip } = settings;
    const moved = hostAdam({ m: { u } }, { m: { u: slope } }, { m: moments }, t, metaLearningRate, clip);
    next = { u: moved.values.m!.u!, moments: moved.moments.m!, adamSteps: t, objective: value };
  }
  const diverged = runs.length - usable.length;
  if (diverged > 0) next.u = next.u.map((entry) => entry + RETREAT);
  const after = next.u.map(Math.exp);
  const row: DiagonalRow = {
    outer_step: done + 1,
    objective: next.objective,
    ...Object.fromEntries(Array.from(after, (entry, i) => [`m${i}`, entry])),
    diverged,
    unconverged: usable.filter(({ end }) => end.gradientNorm > CONVERGED).length,
  };
  const { u: moved, moments: held, adamSteps: steps } = next;
  return { outerStep: done + 1, u: moved, moments: held, adamSteps: steps, curve: [...curve, row] };
}
