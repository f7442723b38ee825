import { sizeOf } from "../../host.js";
import { nodesOf, producersOf, wantedNodes, type Trace, type TracedNode } from "./trace.js";

/** Bytes of a number. */
const WIDTH = 4;
/** Operations whose result is the numbers of their first input in another shape. */
const VIEWS = new Set(["Reshape", "ExpandDims"]);

/** Bytes that the results of a step's operations hold at most at a time, without the state, where each is computed in its turn
 *  and kept until the last that takes it. */
export function workingBytes(trace: Trace): number {
  const { nodes } = trace;
  const order = [...wantedNodes(trace)].sort((a, b) => a - b);
  const lastUse = new Map<number, number>();
  const owners = new Map<number, number>();
  for (const index of order) {
    const node = nodes[index]!;
    const [viewed] = VIEWS.has(node.op) ? nodesOf(node.inputs.slice(0, 1).map(({ source }) => source)) : [];
    owners.set(index, viewed === undefined ? index : owners.get(viewed)!);
    for (const from of producersOf(node)) lastUse.set(owners.get(from)!, index);
  }
  for (const from of nodesOf(Object.values(trace.results))) lastUse.set(owners.get(from)!, Infinity);
  const ending = new Map<number, number[]>();
  for (const [index, last] of lastUse) ending.set(last, [...(ending.get(last) ?? []), index]);
  let [held, most] = [0, 0];
  for (const index of order) {
    if (owners.get(index) === index) held += bytesOf(nodes[index]!);
    most = Math.max(most, held);
    for (const ended of ending.get(index) ?? []) held -= bytesOf(nodes[ended]!);
  }
  return most;
}

const bytesOf = ({ outputs }: TracedNode): number => WIDTH * outputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
