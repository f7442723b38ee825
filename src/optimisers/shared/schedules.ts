import { z } from "zod";

const linearSteps = z.int().nonnegative().default(0).describe("steps of linear warm-up before the schedule");
const constant = z.strictObject({ kind: z.literal("constant"), warmupSteps: linearSteps });
const step = z.strictObject({
  kind: z.literal("step"),
  everySteps: z.int().positive(),
  factor: z.number().positive().max(1),
  warmupSteps: linearSteps,
});
const cosine = z.strictObject({
  kind: z.literal("cosine"),
  floor: z.number().min(0).lt(1).default(0).describe("share of the learning rate that is left at the end"),
  warmupSteps: linearSteps,
});

/** A learning-rate schedule; a bare name takes its defaults. */
export const schedule = z.union([
  z.enum(["constant", "cosine"]).transform((kind) => (kind === "constant" ? constant : cosine).parse({ kind })),
  z.discriminatedUnion("kind", [constant, step, cosine]),
]);
export type Schedule = z.output<typeof schedule>;

/** The learning rate's multiplier at step t = 1..steps, in double precision.
 *  constant 1;  step factor^⌊(t−1−w)/every⌋;  cosine floor + (1−floor)·½(1 + cos(π(t−1−w)/(steps−w)));
 *  the first w warm-up steps rise as t/w.
 *  @param steps of the whole run, warm-up included. */
export function multiplier(settings: Schedule, steps: number): (t: number) => number {
  const { warmupSteps } = settings;
  return (t) => {
    if (t <= warmupSteps) return t / warmupSteps;
    const since = t - 1 - warmupSteps;
    switch (settings.kind) {
      case "constant":
        return 1;
      case "step":
        return settings.factor ** Math.floor(since / settings.everySteps);
      case "cosine": {
        const share = Math.min(1, since / Math.max(1, steps - warmupSteps));
        return settings.floor + (1 - settings.floor) * 0.5 * (1 + Math.cos(Math.PI * share));
      }
    }
  };
}
