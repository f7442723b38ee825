import { nodesOf, producersOf, wantedNodes, type Source, type Trace, type TracedNode } from "./trace.js";

/** The operation of ours that computes several, number by number, in one pass (install/kernels/elementwise.h). */
const ELEMENTWISE = "MetamdElementwise";
/** What it computes, by TensorFlow's name: its number there. Each rounds as TensorFlow's does. */
const STEPS: Readonly<Record<string, number>> = {
  Add: 0,
  AddV2: 0,
  Sub: 1,
  Mul: 2,
  RealDiv: 3,
  Sqrt: 4,
  Square: 5,
  Abs: 6,
  Neg: 7,
  Sign: 8,
};

/** The product of two values and a third one added. */
const MULTIPLY_ADD = 9;
/** The sum over a whole array: a number. */
const SUM = 10;

type Group = readonly number[];
type Input = TracedNode["inputs"][number];

/** Joins operations number by number of arrays of one shape, where one takes what the other gives, to one pass over memory
 *  for all: the same bits, sooner. A sum over all that such an operation gives is taken in its pass, in another order than
 *  TensorFlow's. @param typeOfInteger of attributes. */
export function fuseElementwise(trace: Trace, typeOfInteger: number): Trace {
  const wanted = wantedNodes(trace);
  const groups = groupsOf(trace.nodes, wanted);
  const grouped = new Set(groups.flat());
  const kept = [...trace.nodes.keys()].filter((index) => wanted.has(index) && !grouped.has(index));
  const used = usedOutside(trace, wanted, groups);

  const moved = new Map(kept.map((index, i) => [index, { index: i, output: 0 }]));
  const passes = groups.map((group, i) => {
    const results = group.filter((member) => used.has(member));
    results.forEach((member, output) => moved.set(member, { index: kept.length + i, output }));
    return passOf(trace.nodes, group, results, typeOfInteger);
  });
  const sourceOf = (source: Source): Source => {
    if (source.kind !== "node") return source;
    const { index, output } = moved.get(source.index)!;
    return { kind: "node", index, output: grouped.has(source.index) ? output : source.output };
  };
  const nodes = [...kept.map((index) => trace.nodes[index]!), ...passes].map((node) => ({
    ...node,
    inputs: node.inputs.map((input) => ({ ...input, source: sourceOf(input.source) })),
  }));
  const results = Object.entries(trace.results).map(([name, source]) => [name, sourceOf(source)] as const);
  return { ...trace, nodes, results: Object.fromEntries(results) };
}

/** Whether a node's operation is the sum over a whole array. */
const isSum = ({ op, inputs: [array], outputs: [output] }: TracedNode): boolean =>
  op === "Sum" && output!.shape.length === 0 && array!.shape.length > 0;

/** The arrays and scalars that a node's operation computes with: of a sum not the axes. */
const operandsOf = (node: TracedNode): readonly Input[] => (isSum(node) ? node.inputs.slice(0, 1) : node.inputs);

/** The shape of the arrays that a node's operation goes through number by number, or undefined. */
function shapeOf(node: TracedNode): string | undefined {
  const inputs = operandsOf(node);
  const [output] = node.outputs;
  if ((STEPS[node.op] === undefined && !isSum(node)) || output!.dtype !== "float32") return undefined;
  const shape = (isSum(node) ? inputs[0]! : output!).shape.join();
  const fits = inputs.every((input) => input.shape.join() === shape || input.shape.every((side) => side === 1));
  // Constants alone are computed once, before the first step.
  return fits && inputs.some(({ source }) => source.kind !== "constant") ? shape : undefined;
}

/** Which nodes become one pass, each group in the order in which its nodes came. Every node has a level, as late as what
 *  takes its results permits, and an edge to another group leads to a higher one: so groups never wait for each other. */
function groupsOf(nodes: readonly TracedNode[], wanted: ReadonlySet<number>): Group[] {
  const shapes = nodes.map((node, index) => (wanted.has(index) ? shapeOf(node) : undefined));
  const joined = (from: number, to: number): boolean =>
    shapes[to] !== undefined && shapes[from] === shapes[to] && !isSum(nodes[from]!);
  const levels = nodes.map(() => 0);
  const groups = new Map<number, number[]>();
  const groupOf = new Map<number, number[]>();
  for (const to of [...wanted].sort((a, b) => b - a)) {
    for (const from of producersOf(nodes[to]!))
      levels[from] = Math.min(levels[from]!, levels[to]! - (joined(from, to) ? 0 : 1));
  }
  nodes.forEach((node, to) => {
    if (shapes[to] === undefined) return;
    const near = producersOf(node).filter((from) => joined(from, to) && levels[from] === levels[to]);
    const merged = new Set(near.map((from) => groupOf.get(from)!));
    const group = [...[...merged].flat(), to].sort((a, b) => a - b);
    for (const old of merged) groups.delete(old[0]!);
    for (const member of group) groupOf.set(member, group);
    groups.set(group[0]!, group);
  });
  return [...groups.values()].filter(({ length }) => length > 1);
}

/** Nodes of groups whose results others want. */
function usedOutside({ nodes, results }: Trace, wanted: ReadonlySet<number>, groups: readonly Group[]): Set<number> {
  const groupOf = new Map(groups.flatMap((group) => group.map((member) => [member, group] as const)));
  const used = new Set(nodesOf(Object.values(results)));
  for (const to of wanted)
    for (const from of producersOf(nodes[to]!)) if (groupOf.get(from) !== groupOf.get(to)) used.add(from);
  return used;
}

/** One pass in the place of a group's nodes. */
function passOf(nodes: readonly TracedNode[], group: Group, results: readonly number[], integer: number): TracedNode {
  const { shape } = nodes[group[0]!]!.outputs[0]!;
  const isInner = ({ source }: Input): boolean => source.kind === "node" && group.includes(source.index);
  const outer = group.flatMap((member) => operandsOf(nodes[member]!).filter((input) => !isInner(input)));
  const distinct = [...new Map(outer.map((input) => [keyOf(input), input])).values()];
  // The first says which shape all have.
  const hasShape = (input: Input): boolean => input.shape.join() === shape.join();
  const inputs = [...distinct.filter(hasShape), ...distinct.filter((input) => !hasShape(input))];
  const { instructions, values } = instructionsOf(nodes, group, results, inputs);
  const attributes = {
    inputs: inputs.length,
    outputs: results.length,
    instructions: instructions.flat(),
    results: results.map((member) => values.get(member)! - inputs.length),
  };
  return {
    op: ELEMENTWISE,
    attributes: Object.entries(attributes).map(([name, value]) => ({ name, type: integer, value })),
    inputs,
    outputs: results.map((member) => ({ shape: isSum(nodes[member]!) ? [] : shape, dtype: "float32" })),
  };
}

/** The instructions of a pass: four numbers each, what is done and the values that it takes.
 *  @returns also the number of each node's value: those of the inputs come first. */
function instructionsOf(
  nodes: readonly TracedNode[],
  group: Group,
  results: readonly number[],
  inputs: readonly Input[],
): { instructions: number[][]; values: ReadonlyMap<number, number> } {
  const outer = new Map(inputs.map((input, i) => [keyOf(input), i]));
  const values = new Map<number, number>();
  const valueOf = (input: Input): number =>
    outer.get(keyOf(input)) ?? values.get((input.source as { readonly index: number }).index)!;
  const added = productsAdded(nodes, group, results);
  const products = new Set(added.values());
  const instructions = group
    .filter((member) => !products.has(member))
    .map((member, i) => {
      const node = nodes[member]!;
      const product = added.get(member);
      const factors = product === undefined ? [] : nodes[product]!.inputs;
      const terms = operandsOf(node).filter(({ source }) => source.kind !== "node" || source.index !== product);
      const [first = 0, second = 0, third = 0] = [...factors, ...terms].map(valueOf);
      values.set(member, inputs.length + i);
      const step = isSum(node) ? SUM : STEPS[node.op]!;
      return [product === undefined ? step : MULTIPLY_ADD, first, second, third];
    });
  return { instructions, values };
}

/** Products that one sum alone takes, by that sum: one instruction computes both. */
function productsAdded(nodes: readonly TracedNode[], group: Group, results: readonly number[]): Map<number, number> {
  const uses = group.flatMap((member) => producersOf(nodes[member]!));
  const isTakenOnce = (index: number): boolean =>
    group.includes(index) && nodes[index]!.op === "Mul" && !results.includes(index) && count(uses, index) === 1;
  const pairs = group.flatMap((member) => {
    const product = STEPS[nodes[member]!.op] === STEPS.Add ? producersOf(nodes[member]!).find(isTakenOnce) : undefined;
    return product === undefined ? [] : [[member, product] as const];
  });
  return new Map(pairs);
}

const count = (numbers: readonly number[], wanted: number): number => numbers.filter((one) => one === wanted).length;
const keyOf = ({ source }: Input): string => JSON.stringify(source);
