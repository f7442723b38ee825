import { mean } from "./averages.js";

export interface AucOptions {
  /** Spacing of the points; default 1. */
  readonly dx?: number;
  /** Default trapezoid. */
  readonly rule?: "trapezoid" | "sum";
}

/** Area under a training-loss curve, not normalised by its length:
 *  trapezoid dx (l₁/2 + l₂ + … + lₙ₋₁ + lₙ/2), sum dx (l₁ + … + lₙ).
 *  A loss that is no finite number makes the area Infinity: a diverged run ranks last and is never dropped.
 *  @param losses mean loss of every epoch; at least one. */
export function auc(losses: readonly number[], { dx = 1, rule = "trapezoid" }: AucOptions = {}): number {
  if (losses.length === 0) throw new Error("auc: no losses");
  if (!losses.every(Number.isFinite)) return Infinity;
  const sum = losses.reduce((total, loss) => total + loss, 0);
  return dx * (rule === "sum" ? sum : sum - (losses[0]! + losses.at(-1)!) / 2);
}

/** The training-loss AUC of a run that is measured in steps: an "epoch" is a window of steps, its loss the mean of the
 *  mini-batch losses in it; trapezoid with unit spacing. A last window that is not full is averaged over its own steps.
 *  @param losses mini-batch loss of every step. @param windowSteps steps of a window, 1 or more, or of an epoch.
 *  @param diverged a run that was stopped has the area Infinity, however far it came.
 *  @returns undefined where there are fewer than two windows: one point spans no area. */
export function trainingLossAuc(losses: readonly number[], windowSteps: number, diverged: boolean): number | undefined {
  if (diverged) return Infinity;
  const means = windowMeans(losses, windowSteps);
  return means.length < 2 ? undefined : auc(means);
}

/** Mean loss over the last so many steps of a run, or over all of a shorter one: how well its training set is fitted at the
 *  end. One mini-batch says little. @returns Infinity of a diverged run. */
export function finalTrainingLoss(losses: readonly number[], windowSteps: number, diverged: boolean): number {
  return diverged ? Infinity : windowMeans(losses.slice(-Math.round(windowSteps)), losses.length)[0]!;
}

/** Mean of every window of so many values; the last window may be shorter.
 *  @param windowSteps where it is no whole number, a window ends at the value nearest to its end. */
export function windowMeans(values: readonly number[], windowSteps: number): number[] {
  const means: number[] = [];
  const beginOf = (index: number): number => Math.round(index * windowSteps);
  for (let index = 0; beginOf(index) < values.length; index++) {
    means.push(mean(values.slice(beginOf(index), beginOf(index + 1))));
  }
  return means;
}
