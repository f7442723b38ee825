import { z } from "zod";

/** From the lowest to the highest value of an axis, both above 0; searched on a log scale. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** What a config says of an axis: the values of a grid, the ends of a range, or both. */
export type AxisSetting =
  readonly number[] | { readonly values?: readonly number[]; readonly from?: number; readonly to?: number };

const axis = (of: z.ZodNumber, description: string, examples: number[][]): z.ZodType<AxisSetting, AxisSetting> => {
  const values = z.array(of).min(1).meta({ examples });
  const end = z.number().positive();
  const mapping = z.strictObject({
    values: values.optional(),
    from: end.meta({ examples: [1e-4] }).optional(),
    to: end.meta({ examples: [1] }).optional(),
  });
  return z.union([values, mapping]).meta({ description, examples }) as never;
};

/** What tuning searches over, by axis: a list for a grid, {from, to} for the other strategies. */
export const axes = {
  learningRate: axis(z.number().positive(), "learning rates to try: a list, or {from, to}", [[0.1, 0.01]]),
  weightDecay: axis(z.number().nonnegative(), "weight decays to try: a list, or {from, to}", [[0.0001]]),
};
export const AXES = ["learningRate", "weightDecay"] as const;
export type Axis = (typeof AXES)[number];

/** Candidate values by axis: what a grid searches. */
export type Space = Readonly<Record<Axis, readonly number[]>>;

/** A range by axis: what the other strategies search. */
export type Box = Readonly<Record<Axis, Range>>;

/** One choice of hyper-parameters. */
export type Point = Readonly<Record<Axis, number>>;

/** The values of an axis that a grid searches; undefined where the config gives none. */
export const valuesOf = (setting: AxisSetting): readonly number[] | undefined =>
  isList(setting) ? setting : setting.values;

/** The range of an axis; undefined where the config does not give both ends. */
export function rangeOf(setting: AxisSetting): Range | undefined {
  if (isList(setting) || setting.from === undefined || setting.to === undefined) return undefined;
  return { from: setting.from, to: setting.to };
}

const isList = (setting: AxisSetting | Range): setting is readonly number[] => Array.isArray(setting);

/** An axis on whose lowest or highest value a point lies, where the axis has more than one value. */
export type Edge = `${Axis}:${"low" | "high"}`;

/** Share of a range's length, on its log scale, that counts as its edge. */
const EDGE = 0.01;

/** The edges of the space that a point lies on: there, a better value may lie outside. */
export function edges(point: Point, space: Space | Box): Edge[] {
  return AXES.flatMap((axis): Edge[] => {
    const along = space[axis];
    const place = isList(along) ? placeInList(point[axis], along) : placeInRange(point[axis], along);
    if (place === undefined) return [];
    const near = isList(along) ? 0 : EDGE;
    if (place <= near) return [`${axis}:low`];
    return place >= 1 - near ? [`${axis}:high`] : [];
  });
}

/** 0 at the lowest value, 1 at the highest, between them elsewhere; undefined of a single value. */
function placeInList(value: number, values: readonly number[]): number | undefined {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? undefined : (value - low) / (high - low);
}

/** The place of a value in a range on its log scale, 0 to 1; undefined in one of a single value. */
function placeInRange(value: number, { from, to }: Range): number | undefined {
  return from === to ? undefined : Math.log(value / from) / Math.log(to / from);
}

/** A point's place in the unit square; 0 along an axis of a single value. */
export const toUnit = (point: Point, box: Box): number[] =>
  AXES.map((axis) => Math.min(1, Math.max(0, placeInRange(point[axis], box[axis]) ?? 0)));

/** The point at a place of the unit square. */
export function fromUnit(unit: readonly number[], box: Box): Point {
  const [learningRate, weightDecay] = AXES.map((axis, i) => {
    const { from, to } = box[axis];
    return from === to ? from : Math.min(to, Math.max(from, from * (to / from) ** unit[i]!));
  });
  return { learningRate: learningRate!, weightDecay: weightDecay! };
}

/** Every combination of the axes' values, learning rates outermost, in the order given. */
export function gridPoints(space: Space): Point[] {
  return space.learningRate.flatMap((learningRate) =>
    space.weightDecay.map((weightDecay) => ({ learningRate, weightDecay })),
  );
}
