import { z } from "zod";

const values = (of: z.ZodNumber, description: string, examples: number[][]): z.ZodArray<z.ZodNumber> =>
  z.array(of).min(1).meta({ description, examples });

/** What tuning searches over: values of each axis. */
export const axes = {
  learningRate: values(z.number().positive(), "learning rates to try", [[0.1, 0.01]]),
  weightDecay: values(z.number().nonnegative(), "weight decays to try", [[0.0001]]),
};
export const AXES = ["learningRate", "weightDecay"] as const;
export type Axis = (typeof AXES)[number];

/** Candidate values by axis. */
export type Space = Readonly<Record<Axis, readonly number[]>>;

/** One choice of hyper-parameters. */
export type Point = Readonly<Record<Axis, number>>;

/** An axis on whose lowest or highest value a point lies, where the axis has more than one value. */
export type Edge = `${Axis}:${"low" | "high"}`;

/** The edges of the space that a point lies on: there, a better value may lie outside. */
export function edges(point: Point, space: Space): Edge[] {
  return AXES.flatMap((axis): Edge[] => {
    const low = Math.min(...space[axis]);
    const high = Math.max(...space[axis]);
    if (low === high) return [];
    if (point[axis] === low) return [`${axis}:low`];
    return point[axis] === high ? [`${axis}:high`] : [];
  });
}
