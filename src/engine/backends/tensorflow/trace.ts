import type { DataId, Tensor } from "@tensorflow/tfjs-core";
import { sizeOf, type TensorSpec } from "../../host.js";
import { tidy } from "../../memory.js";
import { tfjs } from "../../tfjs.js";
import { typeNumber, type NativeAttribute, type NativeBackend } from "./native.js";
import { resultsOf, type Traced } from "./shapes.js";

/** Where a value comes from: an input by name, a frozen constant, or output `output` of a recorded node. */
export type Source =
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "constant"; readonly index: number }
  | { readonly kind: "node"; readonly index: number; readonly output: number };

/** One operation that the graph is to execute. */
export interface TracedNode {
  readonly op: string;
  readonly attributes: readonly NativeAttribute[];
  readonly inputs: readonly (Traced & { readonly source: Source })[];
  readonly outputs: readonly Traced[];
}

export interface TracedConstant extends Traced {
  readonly values: Float32Array | Int32Array | Uint8Array;
}

export interface Trace {
  readonly nodes: readonly TracedNode[];
  readonly constants: readonly TracedConstant[];
  readonly results: Readonly<Record<string, Source>>;
}

/** The number of a tensor that has none. */
const NOWHERE = -1;

const tracedOf = ({ shape, dtype }: Tensor): Traced => ({ shape, dtype });

/** Calls a function with tensors that have a shape and a type but no numbers, and records every operation that it asks for.
 *  None is executed, but for those whose results' shapes are not known without: they get .5 everywhere, 0 where integers are.
 *  @param inputs what becomes placeholders or variables; any other tensor is frozen as a constant.
 *  @param run returns the tensors whose sources are wanted.
 *  @throws when the function reads a tensor's value: what it then did could not be repeated by the graph. */
export function trace(
  backend: NativeBackend,
  inputs: Readonly<Record<string, TensorSpec>>,
  run: (inputs: Readonly<Record<string, Tensor>>) => Readonly<Record<string, Tensor>>,
): Trace {
  const sources = new WeakMap<DataId, Source>();
  const nodes: TracedNode[] = [];
  const constants: TracedConstant[] = [];
  const held = new Set<DataId>(); // keeps data ids of freed tensors from being taken for new ones

  const { executeSingleOutput, executeMultipleOutputs, readSync, read } = backend;
  const standIn = ({ shape, dtype }: Traced, source: Source): Tensor => {
    const tensor = backend.createOutputTensor({
      id: NOWHERE,
      shape: [...shape],
      dtype: typeNumber(dtype),
    });
    sources.set(tensor.dataId, source);
    held.add(tensor.dataId);
    return tensor;
  };
  const sourceOf = (tensor: Tensor): Source => {
    let source = sources.get(tensor.dataId);
    if (source === undefined) {
      const values = readSync.call(backend, tensor.dataId).slice();
      source = { kind: "constant", index: constants.push({ shape: tensor.shape, dtype: tensor.dtype, values }) - 1 };
      sources.set(tensor.dataId, source);
      held.add(tensor.dataId);
    }
    return source;
  };
  const record = (op: string, attributes: NativeAttribute[], operands: Tensor[], count: number): Tensor[] => {
    const inputs = operands.map((tensor) => ({ source: sourceOf(tensor), ...tracedOf(tensor) }));
    const known = inputs.map(({ source, ...input }) => ({
      ...input,
      values: source.kind === "constant" ? constants[source.index]!.values : undefined,
    }));
    const examples = (): Tensor[] => operands.map((one, i) => (known[i]!.values === undefined ? exampleOf(one) : one));
    const outputs =
      resultsOf(op, attributes, known) ??
      tried(() => executeMultipleOutputs.call(backend, op, attributes, examples(), count));
    const index = nodes.push({ op, attributes: [...attributes], inputs, outputs }) - 1;
    return outputs.map((output, i) => standIn(output, { kind: "node", index, output: i }));
  };
  const refuse = (): never => {
    throw new Error("a compiled step may not read a tensor's value");
  };

  backend.executeSingleOutput = (op, attributes, operands) => record(op, attributes, operands, 1)[0]!;
  backend.executeMultipleOutputs = record;
  backend.readSync = refuse;
  backend.read = refuse;
  try {
    const given = Object.entries(inputs).map(([name, spec]) => [name, standIn(spec, { kind: "input", name })] as const);
    const wanted = run(Object.fromEntries(given));
    const results = Object.fromEntries(Object.entries(wanted).map(([name, tensor]) => [name, sourceOf(tensor)]));
    return { nodes, constants, results };
  } finally {
    Object.assign(backend, { executeSingleOutput, executeMultipleOutputs, readSync, read });
  }
}

/** What an operation gives that is executed on examples. */
function tried(execute: () => readonly Tensor[]): Traced[] {
  let learned: Traced[] = [];
  tidy(() => ((learned = execute().map(tracedOf)), []));
  return learned;
}

/** A tensor to try an operation with: halves, so that logarithms and roots stay finite; zeros for integers. */
function exampleOf({ shape, dtype }: Tensor): Tensor {
  const size = sizeOf(shape);
  const numbers = {
    float32: new Float32Array(size).fill(0.5),
    int32: new Int32Array(size),
    bool: new Uint8Array(size),
  };
  return tfjs().tensor(numbers[dtype as keyof typeof numbers], [...shape], dtype);
}

/** The nodes that the results come from. Others are traced too: gradients of what is no parameter. */
export function wantedNodes({ nodes, results }: Trace): Set<number> {
  const wanted = new Set(nodesOf(Object.values(results)));
  for (let index = nodes.length - 1; index >= 0; index--)
    if (wanted.has(index)) for (const from of producersOf(nodes[index]!)) wanted.add(from);
  return wanted;
}

export const nodesOf = (sources: readonly Source[]): number[] =>
  sources.flatMap((source) => (source.kind === "node" ? [source.index] : []));
export const producersOf = ({ inputs }: TracedNode): number[] => nodesOf(inputs.map(({ source }) => source));
