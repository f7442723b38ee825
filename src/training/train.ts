import { Interrupted } from "../core/errors.js";
import { milliseconds } from "../core/clock.js";
import type { Batches } from "./problem.js";
import type { StepScalars, TrainingProgram } from "./program.js";

export interface TrainSettings {
  readonly steps: number;
  readonly scalars: StepScalars;
  /** Multiplier of the learning rate at step t. */
  schedule(t: number): number;
  /** A loss above this, or a loss or gradient that is not a finite number, ends the run as diverged. */
  readonly divergenceLoss: number;
  /** Ends the run early; asked after every step. */
  stopEarly?(losses: readonly number[]): boolean;
}

/** How far a run is: all that a checkpoint needs besides the program's state. */
export interface TrainProgress {
  /** Mini-batch loss of every step so far. */
  readonly losses: number[];
  /** Milliseconds of training at the end of every step, pauses left out. */
  readonly stepEnds: number[];
  diverged: boolean;
  /** The parameters whose gradient was no finite number in the step that ended the run. */
  brokenGradients: string[];
  /** Milliseconds spent so far on data and on steps. */
  readonly spent: { data: number; step: number };
}

/** What is around a run: interruption, checkpoints, progress display. All optional. */
export interface Watch {
  readonly signal?: AbortSignal;
  /** Called when interrupted, and every `checkpointSeconds`. */
  checkpoint?(progress: TrainProgress): void;
  readonly checkpointSeconds?: number;
  onStep?(t: number, loss: number): void;
}

/** Milliseconds between looks at the signal: a step is synchronous, so the loop has to let events in. */
const BREATH = 50;

export const newProgress = (): TrainProgress => ({
  losses: [],
  stepEnds: [],
  diverged: false,
  brokenGradients: [],
  spent: { data: 0, step: 0 },
});

/** Trains until the last step, divergence or an early stop, from wherever `progress` stands.
 *  @param program holds the state that belongs to `progress`. @returns `progress`, changed in place.
 *  @throws Interrupted after the checkpoint was written. */
export async function train(
  program: TrainingProgram,
  batches: Batches,
  settings: TrainSettings,
  progress: TrainProgress = newProgress(),
  watch: Watch = {},
): Promise<TrainProgress> {
  const { losses, spent } = progress;
  const { learningRate, ...others } = settings.scalars;
  let breath = milliseconds();
  let saved = breath;
  while (losses.length < settings.steps && !progress.diverged) {
    const t = losses.length + 1;
    const begun = milliseconds();
    const batch = batches.at(t);
    const ready = milliseconds();
    const scalars = { learningRate: learningRate * settings.schedule(t), ...others };
    const loss = program.step(batch, t, scalars);
    const now = milliseconds();
    spent.data += ready - begun;
    spent.step += now - ready;
    losses.push(loss);
    progress.stepEnds.push(spent.data + spent.step);
    progress.brokenGradients = [...program.brokenGradients()];
    progress.diverged = !(loss <= settings.divergenceLoss) || progress.brokenGradients.length > 0;
    watch.onStep?.(t, loss);
    if (settings.stopEarly?.(losses) === true) break;
    if (now - breath < BREATH) continue;
    breath = now;
    await new Promise((resolve) => setImmediate(resolve));
    const due = now - saved >= (watch.checkpointSeconds ?? Infinity) * 1000;
    if (watch.signal?.aborted === true || due) {
      watch.checkpoint?.(progress);
      saved = milliseconds();
    }
    if (watch.signal?.aborted === true) throw new Interrupted();
  }
  return progress;
}
