import { map, type Leaves } from "../../core/tree.js";
import { sizeOf } from "../../engine/host.js";
import { tensorFrom } from "../../engine/memory.js";
import { add, concat, div, matMul, mul, patches, reshape, slice, type Tensor } from "../../engine/ops.js";
import { turnedNames, withOnes, type LayerSpec, type ParameterSpec, type Params } from "../../engine/parameters.js";
import type { LayerStatistics } from "../optimiser.js";

/** A ⊗ G approximates a layer's Fisher block: A over the columns of [W b] as out × in, G over its rows. */
export type Pair<Side> = { readonly a: Side; readonly g: Side };

/** A layer's parameters seen as one matrix [W b] in the orientation in which the weight is stored: a linear layer's is
 *  out × in with G on the left; a convolution's is in × out, A on the left, its rows in the order (kh, kw, in). */
export interface Block {
  /** Sides of A and G. */
  readonly sides: Pair<number>;
  readonly leftIsG: boolean;
  /** Whether the matrix is kept in the eigenvectors' coordinates. */
  readonly isTurned: boolean;
  /** Batch means of the inputs' and the output gradients' second moments. */
  factors(statistics: LayerStatistics): Pair<Tensor>;
  /** What θ has of the layer in the beginning. @param values of its parameters. */
  first(values: Params): Params;
  /** The matrix of these parameters' values (or gradients). */
  join(values: Params): Tensor;
  /** The inverse of `join`. */
  split(matrix: Tensor): Params;
}

/** The blocks of layers, by layer. @param parameters has those that the layers name. @param turns whether a block is to be
 *  kept turned. */
export const blocksOf = (
  layers: Leaves<LayerSpec>,
  parameters: Leaves<ParameterSpec>,
  turns: (layer: string, sides: Pair<number>) => boolean = () => false,
): Record<string, Block> =>
  map((layer, name) => {
    const plain = block(layer, parameters[layer.weight]!.shape);
    const canTurn = layer.kind === "linear" && layer.turns === true;
    return canTurn && turns(name, plain.sides) ? turnedBlock(plain, turnedNames(name).matrix) : plain;
  }, layers);

const turnedBlock = (block: Block, name: string): Block => ({
  ...block,
  isTurned: true,
  first: (values) => ({ [name]: block.join(values) }),
  join: (values) => values[name]!,
  split: (matrix) => ({ [name]: matrix }),
});

function block(layer: LayerSpec, shape: readonly number[]): Block {
  const { weight, bias } = layer;
  const leftIsG = layer.kind === "linear";
  const outputs = leftIsG ? shape[0]! : shape.at(-1)!;
  const inputs = sizeOf(shape) / outputs;
  const stored = leftIsG ? [outputs, inputs] : [inputs, outputs];
  const [axis, edge] = leftIsG ? [1, [outputs, 1]] : [0, [1, outputs]];
  return {
    sides: { a: inputs + (bias === undefined ? 0 : 1), g: outputs },
    leftIsG,
    isTurned: false,
    factors({ input, outputGradient }) {
      const n = input.shape[0]!;
      const rows = asRows(leftIsG ? input : patchesOf(input, layer, shape));
      const x = bias === undefined ? rows : withOnes(rows);
      const g = asRows(outputGradient);
      return {
        a: div(matMul(x, x, true), n),
        g: div(matMul(g, g, true), g.shape[0]!),
      };
    },
    first: (values) => ({ [weight]: values[weight]!, ...(bias !== undefined && { [bias]: values[bias]! }) }),
    join(values) {
      const matrix = reshape(values[weight]!, stored);
      return bias === undefined ? matrix : concat([matrix, reshape(values[bias]!, edge)], axis);
    },
    split(matrix) {
      if (bias === undefined) return { [weight]: reshape(matrix, shape) };
      const last = leftIsG ? [0, inputs] : [inputs, 0];
      return {
        [weight]: reshape(slice(matrix, [0, 0], stored), shape),
        [bias]: reshape(slice(matrix, last, edge), [outputs]),
      };
    },
  };
}

const asRows = (x: Tensor): Tensor => reshape(x, [-1, x.shape.at(-1)!]);

function patchesOf(input: Tensor, layer: LayerSpec, shape: readonly number[]): Tensor {
  if (layer.kind !== "convolution") throw new Error("only a convolution has patches");
  return patches(input, [shape[0]!, shape[1]!], layer.window);
}

/** ρ old + (1−ρ) fresh, both factors. */
export const blend = (rho: number, old: Pair<Tensor>, fresh: Pair<Tensor>): Pair<Tensor> => ({
  a: add(mul(old.a, rho), mul(fresh.a, 1 - rho)),
  g: add(mul(old.g, rho), mul(fresh.g, 1 - rho)),
});

/** The identity of a side. */
export function identity(side: number): Tensor {
  const values = new Float64Array(side * side);
  for (let i = 0; i < side; i++) values[i * side + i] = 1;
  return tensorFrom(values, { shape: [side, side], dtype: "float32" });
}
