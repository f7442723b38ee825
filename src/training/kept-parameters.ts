import { map, type Leaves } from "../core/tree.js";
import type { HostArray } from "../engine/host.js";
import { matMul, reshape, slice, type Tensor } from "../engine/ops.js";
import { turnedNames, type Params } from "../engine/parameters.js";
import { everyParameter } from "../models/model.js";
import type { Optimiser } from "../optimisers/optimiser.js";
import type { Problem } from "./problem.js";

type State = ReturnType<Optimiser["init"]>;

/** What a training program keeps of the parameters: a rule may have linear layers turned. */
export interface KeptParameters {
  /** Shapes by name, frozen ones too. */
  readonly shapes: Leaves<readonly number[]>;
  /** The names of what is trained. */
  readonly trained: readonly string[];
  /** What a run that begins with these parameters keeps. */
  first(theta: Leaves<HostArray>): Record<string, HostArray>;
  /** What the loss takes besides what is kept. */
  bases(state: State): Params;
  /** The problem's own parameters in the place of turned layers. */
  turnedBack(kept: Params, state: State): Params;
  /** Numbers by names that are kept, by the problem's parameters: both of a turned layer have its number. */
  byParameter(kept: Params): Params;
}

/** @param turned of the rule. */
export function keptParameters(problem: Problem, { turned }: Optimiser): KeptParameters {
  const { parameters, layers = {} } = problem;
  const shapes = map(({ shape }) => shape, everyParameter(problem));
  const names = turned?.names ?? [];
  const owned = names.map((name) => {
    const { weight, bias } = layers[name]!;
    return { name, weight, bias: bias!, outputs: shapes[weight]![0]!, inputs: shapes[weight]![1]! };
  });
  const replaced = new Set(owned.flatMap(({ weight, bias }) => [weight, bias]));
  const others = <Value>(theta: Leaves<Value>): Record<string, Value> =>
    Object.fromEntries(Object.entries(theta).filter(([name]) => !replaced.has(name)));
  const each = <Value>(valueOf: (layer: (typeof owned)[number]) => Record<string, Value>): Record<string, Value> =>
    Object.assign({}, ...owned.map(valueOf)) as Record<string, Value>;
  const matrixOf = (name: string): string => turnedNames(name).matrix;
  return {
    shapes: {
      ...others(shapes),
      ...each(({ name, outputs, inputs }) => ({ [matrixOf(name)]: [outputs, inputs + 1] })),
    },
    trained: [...Object.keys(others(parameters)), ...names.map(matrixOf)],
    first: (theta) => ({
      ...others(theta),
      ...each(({ name, weight, bias }) => ({ [matrixOf(name)]: joined(theta[weight]!, theta[bias]!) })),
    }),
    bases: (state) =>
      turned === undefined
        ? {}
        : each(({ name }) => {
            const { left, right } = turned.bases(state)[name]!;
            return { [turnedNames(name).left]: left, [turnedNames(name).right]: right };
          }),
    turnedBack: (kept, state) =>
      each(({ name, weight, bias, outputs, inputs }) => {
        const { left, right } = turned!.bases(state)[name]!;
        const matrix = matMul(matMul(left, kept[matrixOf(name)]!), right, false, true);
        return {
          [weight]: slice(matrix, [0, 0], [outputs, inputs]),
          [bias]: reshape(slice(matrix, [0, inputs], [outputs, 1]), [outputs]),
        };
      }),
    byParameter: (kept) => ({
      ...kept,
      ...each<Tensor>(({ name, weight, bias }) => ({ [weight]: kept[matrixOf(name)]!, [bias]: kept[matrixOf(name)]! })),
    }),
  };
}

/** [W b], row-major. */
function joined(weight: HostArray, bias: HostArray): Float64Array {
  const inputs = weight.length / bias.length;
  const result = new Float64Array(weight.length + bias.length);
  bias.forEach((value, row) => {
    result.set(weight.subarray(row * inputs, (row + 1) * inputs), row * (inputs + 1));
    result[row * (inputs + 1) + inputs] = value;
  });
  return result;
}
