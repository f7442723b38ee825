import { sizeOf } from "../../host.js";
import { offsets, stridesOf, type Allocate, type Plain, type PlainCall, type PlainKernels } from "./plain.js";

/** The entries of x at these places. */
function pick(x: Plain, shape: readonly number[], places: Int32Array, allocate: Allocate): Plain {
  const out = x.dtype === "float32" ? allocate(places.length) : new Int32Array(places.length);
  for (let i = 0; i < places.length; i++) out[i] = x.values[places[i]!]!;
  return { shape, dtype: x.dtype, values: out };
}

function reshape({ inputs, attributes }: PlainCall<{ shape: number[] }>): Plain {
  const { x } = inputs as { x: Plain };
  const known = sizeOf(attributes.shape.filter((side) => side !== -1));
  return { ...x, shape: attributes.shape.map((side) => (side === -1 ? x.values.length / known : side)) };
}

function expandDims({ inputs, attributes }: PlainCall<{ dim: number }>): Plain {
  const { input } = inputs as { input: Plain };
  const at = attributes.dim < 0 ? attributes.dim + input.shape.length + 1 : attributes.dim;
  return { ...input, shape: [...input.shape.slice(0, at), 1, ...input.shape.slice(at)] };
}

function transpose({ inputs, attributes, allocate }: PlainCall<{ perm: number[] }>): Plain {
  const { x } = inputs as { x: Plain };
  const strides = stridesOf(x.shape);
  const shape = attributes.perm.map((axis) => x.shape[axis]!);
  const places = offsets(
    shape,
    attributes.perm.map((axis) => strides[axis]!),
  );
  return pick(x, shape, places, allocate);
}

function slice({ inputs, attributes, allocate }: PlainCall<{ begin: number[]; size: number[] }>): Plain {
  const { x } = inputs as { x: Plain };
  return part(x, attributes.begin, attributes.size, allocate);
}

/** The box of x that starts at `begin`; a side of -1 goes to the end. */
function part(x: Plain, begin: readonly number[], size: readonly number[], allocate: Allocate): Plain {
  const strides = stridesOf(x.shape);
  const shape = size.map((side, axis) => (side === -1 ? x.shape[axis]! - begin[axis]! : side));
  const start = begin.reduce((sum, index, axis) => sum + index * strides[axis]!, 0);
  return pick(x, shape, offsets(shape, strides, start), allocate);
}

function pad({
  inputs,
  attributes,
  allocate,
}: PlainCall<{ paddings: [number, number][]; constantValue: number }>): Plain {
  const { x } = inputs as { x: Plain };
  const shape = x.shape.map((side, axis) => side + attributes.paddings[axis]![0] + attributes.paddings[axis]![1]);
  return placed(
    x,
    shape,
    attributes.paddings.map(([before]) => before),
    allocate(sizeOf(shape)).fill(attributes.constantValue),
  );
}

/** x written into an array of the given shape from `begin` on. */
function placed(x: Plain, shape: readonly number[], begin: readonly number[], out: Float64Array | Float32Array): Plain {
  const strides = stridesOf(shape);
  const start = begin.reduce((sum, index, axis) => sum + index * strides[axis]!, 0);
  const places = offsets(x.shape, strides, start);
  for (let i = 0; i < places.length; i++) out[places[i]!] = x.values[i]!;
  return { shape, dtype: x.dtype, values: out };
}

function concat({ inputs, attributes, allocate }: PlainCall<{ axis: number }>): Plain {
  const parts = Object.values(inputs);
  const { axis } = attributes;
  const shape = [...parts[0]!.shape];
  shape[axis] = parts.reduce((sum, { shape: sides }) => sum + sides[axis]!, 0);
  const out = allocate(sizeOf(shape));
  let at = 0;
  for (const each of parts) {
    placed(
      each,
      shape,
      shape.map((_, i) => (i === axis ? at : 0)),
      out,
    );
    at += each.shape[axis]!;
  }
  return { shape, dtype: parts[0]!.dtype, values: out };
}

function split({
  inputs,
  attributes,
  allocate,
}: PlainCall<{ numOrSizeSplits: number | number[]; axis: number }>): Plain[] {
  const { x } = inputs as { x: Plain };
  const { numOrSizeSplits, axis } = attributes;
  const sides = Array.isArray(numOrSizeSplits)
    ? numOrSizeSplits
    : Array<number>(numOrSizeSplits).fill(x.shape[axis]! / numOrSizeSplits);
  let at = 0;
  return sides.map((side) => {
    const along = (value: number, other: (i: number) => number): number[] =>
      x.shape.map((_, i) => (i === axis ? value : other(i)));
    const piece = part(
      x,
      along(at, () => 0),
      along(side, (i) => x.shape[i]!),
      allocate,
    );
    at += side;
    return piece;
  });
}

function tile({ inputs, attributes, allocate }: PlainCall<{ reps: number[] }>): Plain {
  const { x } = inputs as { x: Plain };
  const strides = stridesOf(x.shape);
  const [sides, steps] = [[] as number[], [] as number[]];
  attributes.reps.forEach((times, axis) => {
    sides.push(times, x.shape[axis]!);
    steps.push(0, strides[axis]!);
  });
  const shape = x.shape.map((side, axis) => side * attributes.reps[axis]!);
  return pick(x, shape, offsets(sides, steps), allocate);
}

function fill({ attributes, allocate }: PlainCall<{ shape: number[]; value: number; dtype: Plain["dtype"] }>): Plain {
  const { shape, value, dtype } = attributes;
  const size = sizeOf(shape);
  return { shape, dtype, values: (dtype === "float32" ? allocate(size) : new Int32Array(size)).fill(value) };
}

export const shapes: PlainKernels = {
  Identity: ({ inputs }: PlainCall) => inputs.x!,
  Reshape: reshape,
  ExpandDims: expandDims,
  Transpose: transpose,
  Slice: slice,
  PadV2: pad,
  Concat: concat,
  SplitV: split,
  Tile: tile,
  Fill: fill,
};
