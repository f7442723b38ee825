import { map } from "../../core/tree.js";
import { sizeOf } from "../../engine/host.js";
import { torchColumns, torchOrder, torchShape } from "../../models/torch-layout.js";
import type { OwnLearnerId } from "../../optimisers/index.js";
import { hiddenOf, networkShapes } from "../../optimisers/l2o/network.js";
import { INITIAL } from "../../optimisers/optimiser.js";
import type { LearnedFile } from "../../records/learned.js";
import type { Safetensors, StoredTensor, TensorArray } from "../../records/safetensors.js";
import type { InputScaling } from "./input-scaling.js";
import type { StartingRate, TunedRate } from "./tuned-rates.js";

/** As metamd_optim.py reads it. */
const FORMAT = "metamd-pytorch";
const VERSION = "1";

/** What a learned tensor runs over: a side of its parameter, or the parameter itself. */
type Side = "rows" | "columns" | "inputs" | "places" | "parameter";
interface Rule {
  readonly rule: "metamd" | "meta_sgd" | "meta_curvature" | "aruba" | "l2o";
  /** By symbol; of L2O none, whose networks belong to no parameter. */
  readonly symbols: Readonly<Record<string, readonly Side[]>>;
}

const metamd: Rule = { rule: "metamd", symbols: { a: ["columns"], b: ["rows"] } };
const RULES: Readonly<Record<OwnLearnerId, Rule>> = {
  metamd,
  metamd_short: metamd,
  meta_sgd: { rule: "meta_sgd", symbols: { alpha: ["parameter"] } },
  meta_curvature: {
    rule: "meta_curvature",
    symbols: { m: ["parameter"], Mo: ["rows", "rows"], Mi: ["inputs", "inputs"], Mf: ["places", "places"] },
  },
  aruba: { rule: "aruba", symbols: { b: ["parameter"], g: ["parameter"] } },
  l2o: { rule: "l2o", symbols: {} },
};

const LAYOUT =
  "Tensors are named <parameter>/<symbol>, parameters as PyTorch names and stores them. A weight is a matrix out x in: rows are " +
  "its first side. A kernel [out, in, kh, kw] is the matrix out x (in*kh*kw), row-major. Symbols: metamd a [columns], b " +
  "[rows]; meta_sgd alpha, aruba b and g, shaped like the parameter; meta_curvature Mo [rows, rows], Mi [inputs, inputs], " +
  "Mf [kh*kw, kh*kw] of a kernel, m like a vector; l2o the two networks linear and convolution; initial: a meta-learned " +
  "initial value. The columns of a linear weight after a convolution run as flatten() has them: channels, then places.";

/** What is known of a learned optimiser besides its file. */
export interface TakenHome {
  readonly learned: LearnedFile;
  /** Channels of the images it was learned on. */
  readonly channels: number;
  readonly scaling: InputScaling;
  readonly rates: readonly TunedRate[];
  readonly start: StartingRate;
}

/** The methods that metamd_optim.py has the rule of. */
export const PYTORCH_METHODS: readonly string[] = Object.keys(RULES);

const ruleOf = ({ method }: LearnedFile): Rule["rule"] => RULES[method as OwnLearnerId].rule;

/** A learned optimiser as metamd_optim.py reads it: every tensor in PyTorch's shape and order. */
export function pytorchFile({ learned, channels, scaling, rates, start }: TakenHome): Safetensors {
  const { method, run, numerics, domains, model, settings, parameters } = learned;
  const before = channelsBefore(parameters, channels);
  const tensors = Object.entries(learned.values).flatMap(([name, symbols]) =>
    Object.entries(symbols).map(([symbol, values]): [string, StoredTensor] => [
      `${name}/${symbol}`,
      parameters[name] === undefined
        ? { shape: networkShapes(hiddenOf(symbols))[symbol]!, values }
        : ofParameter(values, sidesOf(learned, symbol), parameters[name], before[name]),
    ]),
  );
  const described = {
    numerics,
    domains,
    model,
    settings,
    parameters: map(torchShape, parameters),
    inputScaling: scaling,
    rates,
    learningRate: start.learningRate,
    weightDecay: start.weightDecay,
  };
  const words = { format: FORMAT, schemaVersion: VERSION, rule: ruleOf(learned), method, run, layout: LAYOUT };
  const metadata = { ...words, rateFrom: start.from, ...map((value) => JSON.stringify(value), described) };
  return { tensors: Object.fromEntries(tensors), metadata };
}

const sidesOf = ({ method }: LearnedFile, symbol: string): readonly Side[] =>
  symbol === INITIAL ? ["parameter"] : RULES[method as OwnLearnerId].symbols[symbol]!;

/** A learned tensor of a parameter in PyTorch's shape and order.
 *  @param shape of the parameter, ours. @param channels that its columns run over, where PyTorch has them in another order. */
function ofParameter(
  values: TensorArray,
  sides: readonly Side[],
  shape: readonly number[],
  channels: number | undefined,
): StoredTensor {
  if (sides[0] === "parameter") {
    if (channels === undefined || shape.length !== 2)
      return { shape: torchShape(shape), values: torchOrder(values, shape) };
    const [rows, columns] = shape as [number, number];
    return { shape, values: picked(values, [everyOf(rows), torchColumns(columns, channels)]) };
  }
  const kernel = shape.length === 4;
  const rows = kernel ? shape[3]! : shape[0]!;
  const columns = sizeOf(shape) / rows;
  const inputs = kernel ? shape[2]! : columns;
  const across = channels === undefined ? everyOf(columns) : torchColumns(columns, channels);
  const orders: Readonly<Record<Exclude<Side, "parameter">, Int32Array>> = {
    rows: everyOf(rows),
    columns: across,
    inputs: kernel ? everyOf(inputs) : across,
    places: everyOf(columns / inputs),
  };
  const order = sides.map((side) => orders[side as keyof typeof orders]);
  return { shape: order.map(({ length }) => length), values: picked(values, order) };
}

const everyOf = (count: number): Int32Array => Int32Array.from({ length: count }, (_, at) => at);

/** The entries of a vector, or of a matrix row by row, in another order. @param order where each lies, by side. */
function picked(values: TensorArray, [first, second]: readonly Int32Array[]): TensorArray {
  const width = second?.length ?? 1;
  const result = values.slice();
  first!.forEach((row, r) => {
    for (let c = 0; c < width; c++) result[r * width + c] = values[row * width + (second?.[c] ?? 0)]!;
  });
  return result;
}

/** Channels that the columns of a weight run over, of every kernel and of the first linear weight, which takes a flattened
 *  map of the last kernel, or the image. */
function channelsBefore(parameters: LearnedFile["parameters"], image: number): Record<string, number> {
  const before: Record<string, number> = {};
  let channels: number | undefined = image;
  for (const [name, shape] of Object.entries(parameters)) {
    if (shape.length === 4) [before[name], channels] = [shape[2]!, shape[3]!];
    if (shape.length !== 2 || channels === undefined) continue;
    before[name] = channels;
    channels = undefined;
  }
  return before;
}
