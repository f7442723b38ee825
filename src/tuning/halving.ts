import { z } from "zod";

/** Successive halving: all points are tried on short runs, the best share of them on longer ones. */
export const halvingSettings = z.strictObject({
  kind: z.literal("successive-halving").meta({ description: "how runs are stopped early" }),
  eta: z
    .int()
    .min(2)
    .default(3)
    .meta({ description: "one in this many points goes on, to runs this many times as long" }),
  minSteps: z
    .int()
    .positive()
    .meta({ description: "steps of the first runs of every point", examples: [50] }),
});
export type HalvingSettings = z.output<typeof halvingSettings>;

/** Runs of one length. */
export interface Rung {
  readonly points: number;
  readonly steps: number;
}

/** The rungs of a search: minSteps η^r steps for ⌊n/η^r⌋ points, at least one, until the next rung would not be shorter
 *  than the whole length; then whole runs. Every run begins anew.
 *  Source: Jamieson & Talwalkar 2016, with the lengths of Li et al. 2018. */
export function rungs({ eta, minSteps }: HalvingSettings, points: number, steps: number): Rung[] {
  const all: Rung[] = [];
  let [left, length] = [points, minSteps];
  for (; length < steps && left > 1; left = Math.max(1, Math.floor(left / eta)), length *= eta)
    all.push({ points: left, steps: length });
  return [...all, { points: left, steps }];
}
