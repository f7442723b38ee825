import { z } from "zod";

const EPOCHS = /^([1-9]\d*) epochs?$/;

/** How long a run is: steps, or whole epochs of its training images as "10 epochs". */
export const length = z
  .union([z.int().positive(), z.string().regex(EPOCHS)])
  .meta({ accepted: 'integers above 0, or epochs like "10 epochs"' });
export type Length = z.output<typeof length>;

/** Whether a run is measured in epochs. */
export const inEpochs = (of: Length): of is string => typeof of === "string";

/** Steps of a run. @param perEpoch steps of an epoch; where it is no whole number, a run has the nearest one. */
export const stepsOf = (of: Length, perEpoch: number): number =>
  inEpochs(of) ? Math.round(Number(EPOCHS.exec(of)![1]) * perEpoch) : of;
