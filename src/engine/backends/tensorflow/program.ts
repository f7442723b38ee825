import { flatten, isWithin, prefixed, unflatten, type Tree } from "../../../core/tree.js";
import type { Entry, Program, ProgramDefinition } from "../../engine.js";
import { sizeOf, type TensorSpec } from "../../host.js";
import { isTensor, tidy } from "../../memory.js";
import type { Tensor } from "../../ops.js";
import { fuseElementwise } from "./fuse.js";
import { GraphWriter } from "./graph-def.js";
import type { NativeBackend } from "./native.js";
import { openSession, type Call } from "./session.js";
import { trace, type Source, type Trace } from "./trace.js";
import { inferredTypes } from "./type-attributes.js";
import { workingBytes } from "./working-bytes.js";

const list = (nodes: readonly string[]): string =>
  nodes.map((node) => (node.includes(":") ? node : `${node}:0`)).join(",");

/** Compiles a program to one TensorFlow session: state and rows in resource variables, one set of nodes per entry.
 *  Each entry is traced once; feeds are placeholders, the new state is assigned after every old value was read.
 *  @param hasOwn whether TensorFlow knows our own operations. */
export function compiledProgram<EntryName extends string>(
  backend: NativeBackend,
  definition: ProgramDefinition<EntryName>,
  hasOwn: boolean,
): Program<EntryName> {
  const writer = new GraphWriter(backend.binding);
  const leaves = Object.entries(definition.state).map(([path, spec], index) => ({
    path,
    spec,
    variable: `state${index}`,
  }));
  const rows = rowsOf(definition);
  for (const leaf of [...leaves, ...rows]) writeVariable(writer, leaf);
  const load = writeLoad(writer, "load", leaves);
  const holds = rows.map((leaf) => ({ leaf, call: writeLoad(writer, `hold/${leaf.variable}`, [leaf]) }));
  for (const { spec, variable } of leaves) readVariable(writer, `read/${variable}`, variable, spec);
  const calls = {} as Record<EntryName, Call>;
  (Object.keys(definition.entries) as EntryName[]).forEach((name, index) => {
    const entry = definition.entries[name];
    const traced = traceEntry(backend, entry, definition.state);
    const fused = hasOwn ? fuseElementwise(traced, backend.binding.TF_ATTR_INT) : traced;
    calls[name] = writeEntry(writer, `entry${index}`, { entry, traced: fused }, leaves, rows);
  });
  const session = openSession(backend.binding, writer.encode());
  return {
    load: (state) => void session.run(load, state),
    run(entry, feeds) {
      const call = calls[entry];
      const results = session.run(call, feeds);
      return Object.fromEntries(call.outputs.map((name, i) => [name, results[i]!]));
    },
    hold(feed, values) {
      const { leaf, call } = holds.find(({ leaf }) => leaf.path === feed)!;
      const row = leaf.spec.shape.slice(1);
      const spec = { ...call.feeds[0]!, shape: [values.length / sizeOf(row), ...row] };
      session.run({ ...call, feeds: [spec] }, { [feed]: values });
    },
    read(...branches) {
      const wanted = leaves.filter(({ path }) => isWithin(path, branches));
      if (wanted.length === 0) return {};
      const fetches = list(wanted.map(({ variable }) => `read/${variable}`));
      const results = session.run({ feeds: [], inputNames: "", outputs: [], fetches }, {});
      return Object.fromEntries(wanted.map(({ path }, i) => [path, results[i]!]));
    },
    dispose: () => session.close(),
  };
}

/** How many rows there are is not said in a graph. */
const ANY = -1;

/** A variable. @param path of the state, or the feed whose rows it has. */
type Leaf = { readonly path: string; readonly spec: TensorSpec; readonly variable: string };

/** The variables of the rows that a program holds. */
const rowsOf = ({ held = [], entries }: ProgramDefinition): Leaf[] =>
  held.map((path, index) => {
    const { shape, dtype } = Object.values(entries).find(({ feeds }) => path in feeds)!.feeds[path]!;
    return { path, spec: { shape: [ANY, ...shape.slice(1)], dtype }, variable: `rows${index}` };
  });

function writeVariable(writer: GraphWriter, { spec, variable }: Leaf): void {
  writer.node(variable, "VarHandleOp", [], {
    dtype: writer.type(spec.dtype),
    shape: writer.shape(spec.shape),
    container: writer.text(""),
    shared_name: writer.text(variable),
  });
}

function readVariable(writer: GraphWriter, name: string, variable: string, spec: TensorSpec): string {
  return writer.node(name, "ReadVariableOp", [variable], { dtype: writer.type(spec.dtype) });
}

/** The entry that sets every leaf from placeholders. */
function writeLoad(writer: GraphWriter, prefix: string, leaves: readonly Leaf[]): Call {
  const assignments = leaves.map(({ spec, variable }) => {
    const placeholder = writer.placeholder(`${prefix}/${variable}`, spec.dtype, spec.shape);
    return writer.node(`${prefix}/assign/${variable}`, "AssignVariableOp", [variable, placeholder], {
      dtype: writer.type(spec.dtype),
    });
  });
  const gate = writeGate(writer, `${prefix}/gate`, assignments);
  return {
    feeds: leaves.map(({ path, spec }) => ({ ...spec, name: path })),
    inputNames: list(leaves.map(({ variable }) => `${prefix}/${variable}`)),
    outputs: [],
    fetches: list([gate]),
  };
}

/** A scalar to fetch that comes only after the given nodes. */
function writeGate(writer: GraphWriter, name: string, after: readonly string[]): string {
  return writer.node(
    name,
    "Const",
    after.map((node) => `^${node}`),
    writer.scalarAttributes(0),
  );
}

function writeEntry(
  writer: GraphWriter,
  prefix: string,
  { entry, traced }: { readonly entry: Entry; readonly traced: Trace },
  leaves: readonly Leaf[],
  rows: readonly Leaf[],
): Call {
  const feeds = Object.entries(entry.feeds).map(([name, spec], index) => {
    const from = rows.find(({ path }) => path === name);
    const fed: TensorSpec = from === undefined ? spec : { shape: spec.shape.slice(0, 1), dtype: "int32" };
    return { ...fed, name, node: `${prefix}/feed${index}`, from };
  });

  const inputNodes: Record<string, string> = {};
  for (const { node, name, dtype, shape, from } of feeds) {
    const fed = writer.placeholder(node, dtype, shape);
    inputNodes[`feed/${name}`] = from === undefined ? fed : writeGather(writer, `${node}/rows`, from, fed);
  }
  for (const { path, spec, variable } of leaves) {
    inputNodes[`state/${path}`] = readVariable(writer, `${prefix}/read/${variable}`, variable, spec);
  }
  traced.constants.forEach((constant, i) => writer.constant(`${prefix}/constant${i}`, constant));
  const nameOf = (source: Source): string => {
    if (source.kind === "input") return inputNodes[source.name]!;
    return source.kind === "constant"
      ? `${prefix}/constant${source.index}`
      : `${prefix}/node${source.index}:${source.output}`;
  };
  traced.nodes.forEach(({ op, attributes, inputs }, i) => {
    const encoded = Object.fromEntries(attributes.map((attribute) => [attribute.name, writer.traced(attribute)]));
    for (const [attribute, input] of Object.entries(inferredTypes(op)))
      encoded[attribute] ??= writer.type(inputs.at(input)!.dtype);
    writer.node(
      `${prefix}/node${i}`,
      op,
      inputs.map(({ source }) => nameOf(source)),
      encoded,
    );
  });

  const next = (path: string): string | undefined => {
    const source = traced.results[`state/${path}`];
    if (source === undefined) throw new Error(`a step must return state leaf ${path}`);
    return source.kind === "input" && source.name === `state/${path}` ? undefined : nameOf(source);
  };
  const assignments = writeAssignments(writer, prefix, leaves, next);
  const outputs = Object.keys(traced.results).filter((name) => name.startsWith("output/"));
  const gate = assignments.length > 0 ? [writeGate(writer, `${prefix}/gate`, assignments)] : [];
  return {
    feeds: feeds.map(({ name, shape, dtype }) => ({ name, shape, dtype })),
    inputNames: list(feeds.map(({ node }) => node)),
    outputs: outputs.map((name) => name.slice("output/".length)),
    fetches: list([...outputs.map((name) => nameOf(traced.results[name]!)), ...gate]),
  };
}

/** Assigns what is next to the leaves that change, after every old value was read. One node waits for all reads: an edge
 *  from each of them to every assignment would be their square. */
function writeAssignments(
  writer: GraphWriter,
  prefix: string,
  leaves: readonly Leaf[],
  next: (path: string) => string | undefined,
): string[] {
  const reads = leaves.map(({ variable }) => `${prefix}/read/${variable}`);
  const read = writeGate(writer, `${prefix}/all-read`, reads);
  return leaves.flatMap(({ path, spec, variable }) => {
    const value = next(path);
    if (value === undefined) return [];
    const attributes = { dtype: writer.type(spec.dtype) };
    return [writer.node(`${prefix}/assign/${variable}`, "AssignVariableOp", [variable, value, `^${read}`], attributes)];
  });
}

/** The rows of a variable at places. */
function writeGather(writer: GraphWriter, name: string, { spec, variable }: Leaf, places: string): string {
  const all = readVariable(writer, `${name}/all`, variable, spec);
  const axis = writer.constant(`${name}/axis`, { dtype: "int32", shape: [], values: Int32Array.of(0) });
  return writer.node(name, "GatherV2", [all, places, axis], {
    Tparams: writer.type(spec.dtype),
    Tindices: writer.type("int32"),
    Taxis: writer.type("int32"),
  });
}

/** Bytes that the results of an entry hold at most at a time, of the one with the most. */
export const programBytes = (backend: NativeBackend, { state, entries }: ProgramDefinition): number =>
  Object.values(entries)
    .map((entry) => workingBytes(traceEntry(backend, entry, state)))
    .reduce((most, bytes) => Math.max(most, bytes), 0);

function traceEntry(backend: NativeBackend, entry: Entry, state: ProgramDefinition["state"]): Trace {
  const inputs = { ...prefixed("state", state), ...prefixed("feed", entry.feeds) };
  let result: Trace | undefined;
  tidy(() => {
    result = trace(backend, inputs, (tensors) => {
      const given = (branch: string, names: object): Record<string, Tensor> =>
        Object.fromEntries(Object.keys(names).map((name) => [name, tensors[`${branch}/${name}`]!]));
      const feeds = given("feed", entry.feeds);
      const { state: next, outputs } = entry.step(unflatten(given("state", state)) as Tree<Tensor>, feeds);
      return { ...prefixed("state", flatten(next, isTensor)), ...prefixed("output", outputs) };
    });
    return [];
  });
  return result!;
}
