import { createRequire } from "node:module";
import { join } from "node:path";
import type { DataType } from "@tensorflow/tfjs-core";
import { addonFolder } from "./addon.js";
import { typeNumber, type NativeAttribute, type NativeBinding } from "./native.js";
import type { TracedConstant } from "./trace.js";

type Values = Float32Array | Int32Array | Uint8Array;

/** The generated protocol-buffer classes that tfjs-node ships, as far as a graph needs them. */
interface Schema {
  readonly Tensor: new () => {
    setDtype(value: number): void;
    setTensorShape(value: object): void;
    setTensorContent(value: Uint8Array): void;
  };
  readonly TensorShape: (new () => { setDimList(dims: object[]): void }) & {
    readonly Dim: new () => { setSize(size: number): void };
  };
  readonly AttrValue: (new () => AttrValue) & {
    readonly ListValue: new () => { setIList(values: number[]): void; setSList(values: Uint8Array[]): void };
  };
  readonly NodeDef: new () => {
    setName(name: string): void;
    setOp(op: string): void;
    setInputList(inputs: string[]): void;
    getAttrMap(): Map<string, AttrValue>;
  };
  readonly GraphDef: new () => { addNode(node: object): void; setVersions(versions: object): void };
  readonly VersionDef: new () => { setProducer(version: number): void };
  readonly MetaGraphDef: (new () => { setMetaInfoDef(info: object): void; setGraphDef(graph: object): void }) & {
    readonly MetaInfoDef: new () => { addTags(tag: string): void };
  };
  readonly SavedModel: new () => {
    setSavedModelSchemaVersion(version: number): void;
    addMetaGraphs(graph: object): void;
    serializeBinary(): Uint8Array;
  };
}
interface AttrValue {
  setType(value: number): void;
  setI(value: number): void;
  setF(value: number): void;
  setB(value: boolean): void;
  setS(value: Uint8Array): void;
  setShape(value: object): void;
  setTensor(value: object): void;
  setList(value: object): void;
}

const require = createRequire(import.meta.url);
/** Producer version of graphs without any old-version behaviour (TensorFlow 2.x accepts it as current). */
const GRAPH_PRODUCER = 1395;
export const SERVE_TAG = "serve";

/** Collects the nodes of a TensorFlow graph and encodes them as a SavedModel. */
export class GraphWriter {
  readonly #schema = require(join(addonFolder(), "dist", "proto", "api_pb.js")) as Schema;
  readonly #graph = new this.#schema.GraphDef();

  constructor(readonly binding: NativeBinding) {}

  /** Adds a node. @param inputs "name:output", or "^name" for an edge of order only. */
  node(name: string, op: string, inputs: readonly string[], attributes: Readonly<Record<string, AttrValue>>): string {
    const node = new this.#schema.NodeDef();
    node.setName(name);
    node.setOp(op);
    node.setInputList([...inputs]);
    for (const [key, value] of Object.entries(attributes)) node.getAttrMap().set(key, value);
    this.#graph.addNode(node);
    return name;
  }

  placeholder(name: string, dtype: DataType, shape: readonly number[]): string {
    return this.node(name, "Placeholder", [], { dtype: this.type(dtype), shape: this.shape(shape) });
  }

  constant(name: string, constant: TracedConstant): string {
    return this.node(name, "Const", [], this.#constantAttributes(constant));
  }

  #constantAttributes({ dtype, shape, values }: TracedConstant): Record<string, AttrValue> {
    const tensor = new this.#schema.Tensor();
    tensor.setDtype(typeNumber(dtype));
    tensor.setTensorShape(this.#tensorShape(shape));
    tensor.setTensorContent(bytes(values));
    return { dtype: this.type(dtype), value: this.#attribute((value) => value.setTensor(tensor)) };
  }

  /** Attributes of a scalar float constant. */
  scalarAttributes(value: number): Record<string, AttrValue> {
    return this.#constantAttributes({ dtype: "float32", shape: [], values: Float32Array.of(value) });
  }

  type(dtype: DataType): AttrValue {
    return this.#attribute((value) => value.setType(typeNumber(dtype)));
  }

  shape(shape: readonly number[]): AttrValue {
    return this.#attribute((value) => value.setShape(this.#tensorShape(shape)));
  }

  text(text: string): AttrValue {
    return this.#attribute((value) => value.setS(Buffer.from(text)));
  }

  /** An attribute as eager execution took it. */
  traced({ name, type, value }: NativeAttribute): AttrValue {
    const { binding } = this;
    return this.#attribute((target) => {
      if (Array.isArray(value)) {
        const list = new this.#schema.AttrValue.ListValue();
        if (type === binding.TF_ATTR_STRING) list.setSList((value as string[]).map((text) => Buffer.from(text)));
        else list.setIList([...(value as number[])]);
        target.setList(list);
      } else if (type === binding.TF_ATTR_TYPE) target.setType(value as number);
      else if (type === binding.TF_ATTR_INT) target.setI(value as number);
      else if (type === binding.TF_ATTR_FLOAT) target.setF(value as number);
      else if (type === binding.TF_ATTR_BOOL) target.setB(value as boolean);
      else if (type === binding.TF_ATTR_STRING) target.setS(Buffer.from(value as string));
      else throw new Error(`attribute ${name}: type ${type} can't be put into a graph`);
    });
  }

  encode(): Uint8Array {
    const versions = new this.#schema.VersionDef();
    versions.setProducer(GRAPH_PRODUCER);
    this.#graph.setVersions(versions);
    const info = new this.#schema.MetaGraphDef.MetaInfoDef();
    info.addTags(SERVE_TAG);
    const meta = new this.#schema.MetaGraphDef();
    meta.setMetaInfoDef(info);
    meta.setGraphDef(this.#graph);
    const model = new this.#schema.SavedModel();
    model.setSavedModelSchemaVersion(1);
    model.addMetaGraphs(meta);
    return model.serializeBinary();
  }

  #attribute(set: (value: AttrValue) => void): AttrValue {
    const value = new this.#schema.AttrValue();
    set(value);
    return value;
  }

  #tensorShape(shape: readonly number[]): object {
    const result = new this.#schema.TensorShape();
    result.setDimList(
      shape.map((side) => {
        const dim = new this.#schema.TensorShape.Dim();
        dim.setSize(side);
        return dim;
      }),
    );
    return result;
  }
}

const bytes = (values: Values): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
