import type { DataType } from "@tensorflow/tfjs-core";
import { sizeOf } from "../../host.js";
import { tfjs } from "../../tfjs.js";
import { typeOf, type NativeAttribute } from "./native.js";

/** What is known of a tensor but for its numbers. */
export interface Traced {
  readonly shape: readonly number[];
  readonly dtype: DataType;
}

/** What an operation takes; the numbers of constants are known. */
export interface Operand extends Traced {
  readonly values?: ArrayLike<number> | undefined;
}

type Attributes = Readonly<Record<string, NativeAttribute["value"]>>;
type Rule = (inputs: readonly Operand[], attributes: Attributes) => readonly Traced[];

/** Results like an input. */
const like =
  (place: number, dtype?: DataType): Rule =>
  (inputs) => [{ shape: inputs[place]!.shape, dtype: dtype ?? inputs[place]!.dtype }];

/** One number of each pair, sides of 1 repeated. */
const pairwise =
  (dtype?: DataType): Rule =>
  ([a, b]) => [{ shape: broadcast(a!.shape, b!.shape), dtype: dtype ?? a!.dtype }];

const broadcast = (a: readonly number[], b: readonly number[]): number[] =>
  tfjs().backend_util.assertAndGetBroadcastShape([...a], [...b]);

/** Over axes that are given. */
const reduced: Rule = ([x, axes], attributes) => {
  const { backend_util, util } = tfjs();
  const gone = util.parseAxisParam(numbers(axes), [...x!.shape]);
  const [shape] = backend_util.computeOutAndReduceShapes([...x!.shape], gone);
  return [{ ...x!, shape: attributes.keep_dims === true ? backend_util.expandShapeToKeepDim(shape, gone) : shape }];
};

/** The shape is what one of the inputs says, the type another's. */
const given =
  (shape: number, typed: number): Rule =>
  (inputs) => [{ shape: numbers(inputs[shape]), dtype: inputs[typed]!.dtype }];

/** Of matrices, or stacks of them, each turned or not. */
const product =
  (turnsA: string, turnsB: string): Rule =>
  ([a, b], attributes) => {
    const [rows, summed] = turned(a!.shape.slice(-2), attributes[turnsA]);
    const [others, columns] = turned(b!.shape.slice(-2), attributes[turnsB]);
    if (summed !== others) throw new Error(`a product of matrices of ${summed} columns and ${others} rows`);
    const stacks = broadcast(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
    return [{ ...a!, shape: [...stacks, rows!, columns!] }];
  };

const turned = (sides: readonly number[], turns: unknown): readonly number[] =>
  turns === true || turns === 1 ? sides.toReversed() : sides;

type Four = [number, number, number, number];
const inner = (four: unknown): [number, number] => (four as readonly number[]).slice(1, 3) as [number, number];
const lower = (padding: unknown): "same" | "valid" => (padding as string).toLowerCase() as "same" | "valid";

/** Of windows of a size that move over images, in steps of another. */
const windows = ({ shape }: Operand, size: number | [number, number], steps: typeof size, padding: unknown): Four =>
  tfjs().backend_util.computePool2DInfo(shape as Four, size, steps, 1, lower(padding)).outShape;

const pooled: Rule = ([x], { ksize, strides, padding }) => [
  { ...x!, shape: windows(x!, inner(ksize), inner(strides), padding) },
];

/** The first images' shape, and channels' numbers after it. */
const normalised =
  (...others: readonly ("channels" | readonly number[])[]): Rule =>
  (inputs) => {
    const [x] = inputs;
    const channels = [x!.shape.at(-1)!];
    return [x!, ...others.map((shape) => ({ shape: shape === "channels" ? channels : shape, dtype: x!.dtype }))];
  };

/** What TensorFlow's operations, and ours, give, by name; an operation that is not here is tried to learn it.
 *  @internal Exported for tests. */
export const RULES: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(
    [
      ...[
        "Abs",
        "Exp",
        "Log",
        "Neg",
        "OnesLike",
        "Relu",
        "Rsqrt",
        "Sigmoid",
        "Sign",
        "Sqrt",
        "Square",
        "Tanh",
        "ZerosLike",
      ],
      ...["MatrixInverse", "MatrixSetDiag", "MaxPoolGrad", "MetamdRankOneSolve", "MetamdReluGradient"],
    ].map((op) => [op, like(0)]),
  ),
  ...Object.fromEntries(["Add", "Maximum", "Minimum", "Mul", "RealDiv", "Sub"].map((op) => [op, pairwise()])),
  ...Object.fromEntries(["Equal", "Greater", "GreaterEqual", "Less", "LessEqual"].map((op) => [op, pairwise("bool")])),
  ...Object.fromEntries(["Mean", "Sum"].map((op) => [op, reduced])),
  IsFinite: like(0, "bool"),
  IsNan: like(0, "bool"),
  Select: like(1),
  MaxPoolGradGrad: like(1),
  MetamdMaxPoolGradient: like(1),
  ArgMax: (inputs) => reduced(inputs, {}).map(({ shape }) => ({ shape, dtype: "int32" })),
  AvgPool: pooled,
  MaxPool: pooled,
  BatchMatMulV2: product("adj_x", "adj_y"),
  MetamdMatMul: product("turns_a", "turns_b"),
  Cast: ([x], { DstT }) => [{ ...x!, dtype: typeOf(DstT as number) }],
  ConcatV2: (inputs) => {
    const { backend_util, util } = tfjs();
    const shapes = inputs.slice(0, -1).map(({ shape }) => [...shape]);
    const [axis] = util.parseAxisParam(numbers(inputs.at(-1)), shapes[0]!);
    backend_util.assertParamsConsistent(shapes, axis!);
    return [{ ...inputs[0]!, shape: backend_util.computeOutShape(shapes, axis!) }];
  },
  Conv2D: ([x, filter], { strides, padding }) => {
    const [images, kernel] = [x!.shape as Four, filter!.shape as Four];
    const { outShape } = tfjs().backend_util.computeConv2DInfo(images, kernel, inner(strides), 1, lower(padding));
    return [{ ...x!, shape: outShape }];
  },
  Conv2DBackpropFilter: given(1, 2),
  Conv2DBackpropInput: given(0, 2),
  ExpandDims: ([x, axis]) => {
    const [at] = numbers(axis);
    return [{ ...x!, shape: x!.shape.toSpliced(at! < 0 ? at! + x!.shape.length + 1 : at!, 0, 1) }];
  },
  ExtractImagePatches: ([x], { ksizes, strides, padding }) => {
    const [n, height, width, channels] = windows(x!, inner(ksizes), inner(strides), padding);
    return [{ ...x!, shape: [n, height, width, sizeOf(inner(ksizes)) * channels] }];
  },
  Fill: given(0, 1),
  // What a gradient may want of it comes after the mean and the variance.
  FusedBatchNormV3: normalised("channels", "channels", "channels", "channels", [0]),
  FusedBatchNormGradV3: normalised("channels", "channels", [], []),
  MatrixDiagPart: ([x]) => [{ ...x!, shape: x!.shape.slice(0, -2).concat(Math.min(...x!.shape.slice(-2))) }],
  MetamdLstm: ([, , , input, ...memories]) => {
    const [steps, , n] = input!.shape;
    return [{ ...input!, shape: [steps!, n!] }, ...memories];
  },
  MetamdLstmGradient: (inputs) => inputs.slice(0, 8),
  MetamdMaxPool: ([x], { size, stride }) => [{ ...x!, shape: windows(x!, size as number, stride as number, "VALID") }],
  MetamdSymmetricEigen: ([x]) => [{ ...x!, shape: x!.shape.slice(1) }, x!],
  SelfAdjointEigV2: ([x]) => [{ ...x!, shape: x!.shape.slice(1) }, x!],
  PadV2: ([x, sides]) => {
    const added = numbers(sides);
    return [{ ...x!, shape: x!.shape.map((side, i) => added[2 * i]! + side + added[2 * i + 1]!) }];
  },
  Reshape: ([x, shape]) => {
    const asked = numbers(shape);
    const rest = sizeOf(x!.shape) / sizeOf(asked.filter((side) => side >= 0));
    const sides = asked.map((side) => (side < 0 ? rest : side));
    if (sizeOf(sides) !== sizeOf(x!.shape))
      throw new Error(`${sizeOf(x!.shape)} numbers in the shape [${asked.join()}]`);
    return [{ ...x!, shape: sides }];
  },
  Slice: ([x, begin, size]) => {
    const from = numbers(begin);
    const sides = numbers(size).map((side, i) => (side < 0 ? x!.shape[i]! - from[i]! : side));
    tfjs().slice_util.assertParamsValid({ ...x!, shape: [...x!.shape], dataId: {} }, from, sides);
    return [{ ...x!, shape: sides }];
  },
  SparseSoftmaxCrossEntropyWithLogits: ([logits]) => [{ ...logits!, shape: logits!.shape.slice(0, 1) }, logits!],
  SplitV: ([x, parts, axis]) => {
    const [at] = numbers(axis);
    return numbers(parts).map((side) => ({ ...x!, shape: x!.shape.with(at!, side) }));
  },
  StridedSlice: ([x, begin, end, steps]) => [
    { ...x!, shape: tfjs().slice_util.computeOutShape(numbers(begin), numbers(end), numbers(steps)) },
  ],
  Tile: ([x, times]) => [{ ...x!, shape: numbers(times).map((count, i) => count * x!.shape[i]!) }],
  Transpose: ([x, order]) => [{ ...x!, shape: numbers(order).map((axis) => x!.shape[axis]!) }],
};

/** The numbers of a constant. @throws Error for what is none: how large a result is would hang on the data. */
function numbers(operand: Operand | undefined): number[] {
  if (operand?.values === undefined) throw new Error("a shape or an axis in a compiled step must be a constant");
  return Array.from(operand.values);
}

/** What an operation gives, as far as it is known without trying it. */
export function resultsOf(
  op: string,
  attributes: readonly NativeAttribute[],
  inputs: readonly Operand[],
): readonly Traced[] | undefined {
  const byName = Object.fromEntries(attributes.map(({ name, value }) => [name, value]));
  return RULES[op]?.(inputs, byName).map(({ shape, dtype }) => ({ shape, dtype }));
}
