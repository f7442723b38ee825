import { milliseconds } from "../../core/clock.js";

/** Milliseconds after which something of a kind was seen for long enough. */
export const ENOUGH = { steps: 1500, learning: 1500, batches: 500, evaluations: 500 };
/** The same of steps and learnings once the probes of a plan together have taken `PATIENCE`: their least. */
const LEAST = { steps: 0, learning: 250 };
/** Milliseconds. */
const PATIENCE = 8000;

/** How long the next probe of a plan may look: the first ones as long as they need, the later ones shortly. */
export function probePatience(): { ofSteps(): number; ofLearning(): number } {
  const begun = milliseconds();
  const isLeft = (): boolean => milliseconds() - begun < PATIENCE;
  return {
    ofSteps: () => (isLeft() ? ENOUGH : LEAST).steps,
    ofLearning: () => (isLeft() ? ENOUGH : LEAST).learning,
  };
}

/** A step costs about three evaluations of its images. */
const PASSES = 3;
/** Milliseconds of a step on its whole batch, from which on a part of that is measured, of about so long steps. */
const LONG_STEP = 400;
/** Images of a part at least: normalisation needs several. */
const FEWEST = 4;

/** Images of the steps that are measured in the place of steps on a batch. @param image milliseconds of its evaluation. */
export const probedImages = (batchSize: number, image: number): number =>
  Math.min(batchSize, Math.max(FEWEST, Math.floor(LONG_STEP / (PASSES * image))));
