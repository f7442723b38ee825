import { mean } from "./averages.js";

/** The training-loss AUC of a run that is measured in steps: an "epoch" is a window of steps, its loss the mean of the
 *  mini-batch losses in it; trapezoid with unit spacing. A last window that is not full is averaged over its own steps.
 *  @param losses mini-batch loss of every step. @param windowSteps steps of a window, 1 or more, or of an epoch.
 *  @param diverged a run that was stopped has the area Infinity, however far it came.
 *  @returns undefined where there are fewer than two windows: one point spans no area. */
export function trainingLossAuc(losses: readonly number[], windowSteps: number, diverged: boolean): number | undefined {
  if (diverged) return Infinity;
  const means = windowMeans(losses, windowSteps);
  if (means.length < 2) return undefined;
  if (!means.every(Number.isFinite)) return Infinity;
  return means.reduce((total, loss) => total + loss, 0) - (means[0]! + means.at(-1)!) / 2;
}

/** Mean loss over the last so many steps of a run, or over all of a shorter one: how well its training set is fitted at the
 *  end. One mini-batch says little. @returns Infinity of a diverged run. */
export function finalTrainingLoss(losses: readonly number[], windowSteps: number, diverged: boolean): number {
  return diverged ? Infinity : windowMeans(losses.slice(-Math.round(windowSteps)), losses.length)[0]!;
}

/** Mean of every window of so many values; the last window may be shorter.
 *  @param windowSteps where it is no whole number, a window ends at the value nearest to its end. */
function windowMeans(values: readonly number[], windowSteps: number): number[] {
  const means: number[] = [];
  const beginOf = (index: number): number => Math.round(index * windowSteps);
  for (let index = 0; beginOf(index) < values.length; index++) {
    means.push(mean(values.slice(beginOf(index), beginOf(index + 1))));
  }
  return means;
}
