import type { Outcome } from "./score.js";
import type { Point } from "./space.js";

/** What a search needs of a run's record. */
export interface TunedRun {
  readonly state: string;
  readonly cell: { readonly phase: string; readonly search?: { readonly rung?: number | undefined } | undefined };
  readonly selected?: Point | undefined;
  readonly metrics: {
    readonly validationAccuracy?: number | undefined;
    readonly finalTrainLoss?: number | undefined;
    readonly lastTrainLoss?: number | undefined;
  };
  readonly counts: { readonly images?: number | undefined };
}

/** What runs came to, for a search to be told; runs without a result say nothing. */
export function outcomesOf(runs: readonly TunedRun[]): Outcome[] {
  return runs.flatMap(({ selected, metrics, counts, state }): Outcome[] => {
    if (selected === undefined || (state !== "done" && state !== "diverged")) return [];
    const { learningRate, weightDecay } = selected;
    return [
      {
        point: { learningRate, weightDecay },
        validationAccuracy: metrics.validationAccuracy,
        images: counts.images,
        // Records of the earlier numerics have the last mini-batch's alone.
        loss: metrics.finalTrainLoss ?? metrics.lastTrainLoss,
        diverged: state === "diverged",
      },
    ];
  });
}

/** The runs that may win: where runs are stopped early, those of the longest length there is. */
export function deciding<Run extends TunedRun>(runs: readonly Run[]): Run[] {
  const rungOf = ({ cell }: TunedRun): number => cell.search?.rung ?? 0;
  const last = Math.max(...runs.map(rungOf));
  return runs.filter((run) => rungOf(run) === last);
}
