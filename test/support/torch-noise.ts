import { map } from "../../src/core/tree.js";
import { sizeOf, type HostArray } from "../../src/engine/host.js";
import type { Problem } from "../../src/training/problem.js";
import { everyParameter } from "../../src/models/model.js";
import { initialise } from "../../src/models/initialise.js";
import { pretrained, type Stored } from "../../src/models/torch-layout.js";

/** Numbers in [-1, 1) that the makers of golden files have by the same formula. */
export const noise = (size: number, key: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => (2 * (((31 + key) * i * i + 17 * i + 101 * key) % 1009)) / 1009 - 1);

const torchShapes = (shape: readonly number[]): readonly number[] =>
  shape.length === 4 ? [shape[3]!, shape[2]!, shape[0]!, shape[1]!] : shape;

/** Parameters and running statistics as scripts/golden/hessian.py draws them, in our layout. */
export function drawnAsTorch(problem: Problem): Record<string, HostArray> {
  const specs = { ...everyParameter(problem), ...problem.statistics };
  const names = Object.keys(specs).sort();
  const stored = map(({ shape }, name): Stored => {
    const own = noise(sizeOf(shape), 1 + names.indexOf(name));
    const around = name.endsWith("running_var") || (shape.length === 1 && name.includes("weight"));
    const [outputs, ...rest] = torchShapes(shape);
    const fan = rest.length > 0 ? sizeOf(shape) / outputs! : 25;
    const values = own.map((value) => (around ? 1 + 0.2 * value : value * Math.sqrt(2 / fan)));
    return { shape: torchShapes(shape), values };
  }, specs);
  return valuesOf(problem, stored);
}

/** Numbers as PyTorch stores them, in our layout. */
export function valuesOf(problem: Problem, stored: Readonly<Record<string, Stored>>): Record<string, HostArray> {
  const { model } = pretrained(problem, stored, "test");
  return initialise({ ...everyParameter(model), ...model.statistics }, 0);
}

/** v of scripts/golden/hessian.py, in our layout. @param names in PyTorch's order. */
export function torchDirection(problem: Problem, names: readonly string[]): Record<string, HostArray> {
  const alone: Problem = { ...problem, statistics: {}, frozen: {} };
  const stored = map(
    ({ shape }, name): Stored => ({
      shape: torchShapes(shape),
      values: noise(sizeOf(shape), 200 + names.indexOf(name)),
    }),
    problem.parameters,
  );
  return valuesOf(alone, stored);
}
