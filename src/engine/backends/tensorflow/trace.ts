import type { DataId, DataType, Tensor } from "@tensorflow/tfjs-core";
import type { NativeAttribute, NativeBackend } from "./native.js";

/** Where a value comes from: an input by name, a frozen constant, or output `output` of a recorded node. */
export type Source =
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "constant"; readonly index: number }
  | { readonly kind: "node"; readonly index: number; readonly output: number };

/** What is known of a tensor but for its numbers. */
interface Traced {
  readonly shape: readonly number[];
  readonly dtype: DataType;
}

/** One operation that was executed. */
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

const tracedOf = ({ shape, dtype }: Tensor): Traced => ({ shape, dtype });

/** Runs a function once with real tensors and records every operation that it executes.
 *  @param inputs the tensors that become placeholders or variables; any other tensor is frozen as a constant.
 *  @param run returns the tensors whose sources are wanted.
 *  @throws when the function reads a tensor's value: what it then did could not be repeated by the graph. */
export function trace(
  backend: NativeBackend,
  inputs: Readonly<Record<string, Tensor>>,
  run: () => Readonly<Record<string, Tensor>>,
): Trace {
  const sources = new WeakMap<DataId, Source>();
  for (const [name, tensor] of Object.entries(inputs)) sources.set(tensor.dataId, { kind: "input", name });
  const nodes: TracedNode[] = [];
  const constants: TracedConstant[] = [];
  const held = new Set<DataId>(); // keeps data ids of freed tensors from being taken for new ones

  const { executeSingleOutput, executeMultipleOutputs, readSync, read } = backend;
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
  const record = (op: string, attributes: NativeAttribute[], operands: Tensor[], outputs: Tensor[]): void => {
    const inputs = operands.map((tensor) => ({ source: sourceOf(tensor), ...tracedOf(tensor) }));
    const index = nodes.push({ op, attributes: [...attributes], inputs, outputs: outputs.map(tracedOf) }) - 1;
    outputs.forEach((tensor, output) => {
      sources.set(tensor.dataId, { kind: "node", index, output });
      held.add(tensor.dataId);
    });
  };
  const refuse = (): never => {
    throw new Error("a compiled step may not read a tensor's value");
  };

  backend.executeSingleOutput = (op, attributes, operands) => {
    const output = executeSingleOutput.call(backend, op, attributes, operands);
    record(op, attributes, operands, [output]);
    return output;
  };
  backend.executeMultipleOutputs = (op, attributes, operands, count) => {
    const outputs = executeMultipleOutputs.call(backend, op, attributes, operands, count);
    record(op, attributes, operands, outputs);
    return outputs;
  };
  backend.readSync = refuse;
  backend.read = refuse;
  try {
    const wanted = run();
    const results = Object.fromEntries(Object.entries(wanted).map(([name, tensor]) => [name, sourceOf(tensor)]));
    return { nodes, constants, results };
  } finally {
    Object.assign(backend, { executeSingleOutput, executeMultipleOutputs, readSync, read });
  }
}
