import { z } from "zod";
import type { Leaves } from "../core/tree.js";
import { sizeOf } from "../engine/host.js";
import { matMul, mul, reshape, transpose, type Tensor } from "../engine/ops.js";
import type { ParameterSpec } from "../engine/parameters.js";
import { optimiserEntry } from "./optimiser.js";
import { transformed, untrainedTransform, type GradientTransform } from "./shared/transformed.js";

/** A linear map along every side of a gradient: Mo G Miᵀ for a weight out × in; for a kernel seen as (o, i, f), f = kh·kw,
 *  G'[p, q, r] = Σ Mo[p, o] Mi[q, i] Mf[r, f] G[o, i, f]; m .* g for a vector. */
export const curvatureTransform: GradientTransform = {
  shapes(parameter): Record<string, readonly number[]> {
    const { matrix, shape } = parameter;
    if (matrix === undefined) return { m: shape };
    const { rows, inputs, places } = sides(parameter);
    const linear = { Mo: [rows, rows], Mi: [inputs, inputs] };
    return matrix.rowsFirst ? linear : { ...linear, Mf: [places, places] };
  },
  untrained: (parameter) =>
    Object.fromEntries(
      Object.entries(curvatureTransform.shapes(parameter)).map(([symbol, shape]) => [
        symbol,
        symbol === "m" ? new Float64Array(sizeOf(shape)).fill(1) : identity(shape[0]!),
      ]),
    ),
  apply(g, learned, parameter) {
    if (parameter.matrix === undefined) return mul(learned.m!, g);
    if (!parameter.matrix.rowsFirst) return applyToKernel(g, learned, parameter);
    return matMul(matMul(learned.Mo!, g), learned.Mi!, false, true);
  },
};

/** A kernel is stored [kh, kw, in, out]: [f, in, out] row-major. */
function applyToKernel(g: Tensor, { Mo, Mi, Mf }: Leaves<Tensor>, parameter: ParameterSpec): Tensor {
  const { rows, inputs, places } = sides(parameter);
  const alongOut = matMul(reshape(g, [places * inputs, rows]), Mo!, false, true);
  const alongPlaces = matMul(Mf!, reshape(alongOut, [places, inputs * rows]));
  const inputsFirst = transpose(reshape(alongPlaces, [places, inputs, rows]), [1, 0, 2]);
  const alongInputs = matMul(Mi!, reshape(inputsFirst, [inputs, places * rows]));
  return reshape(transpose(reshape(alongInputs, [inputs, places, rows]), [1, 0, 2]), g.shape);
}

/** Sides of a weight: outputs, inputs, and places of a kernel (1 for a linear weight). */
function sides({ matrix, shape }: ParameterSpec): { rows: number; inputs: number; places: number } {
  const { rows, columns, rowsFirst } = matrix!;
  const inputs = rowsFirst ? columns : shape.at(-2)!;
  return { rows, inputs, places: columns / inputs };
}

function identity(size: number): Float64Array {
  const values = new Float64Array(size * size);
  for (let i = 0; i < size; i++) values[i * size + i] = 1;
  return values;
}

/** Gradient descent with a learned curvature: θ ← θ − η MC(∇f(θ) + λθ), MC a linear map along each side of the gradient.
 *  Parameters without learned values, such as a task's own classifier, take the plain step. Feeds, scalar:
 *  η learningRate > 0, λ weightDecay ≥ 0. State: the matrices, unchanged by a step; they are not symmetric.
 *  Source: Park & Oliva 2019 (arXiv 1902.03356), Section 4; silverbottlep/maml maml.py. λ is ours. */
const metaCurvature = transformed(curvatureTransform);

export const entry = optimiserEntry({
  title: "MetaCur",
  summary: "Meta-Curvature: a learned matrix along every side of a weight",
  look: { colour: "#5a0962", dark: "#9f40a8", dash: "mixed", marker: "diamond" },
  kind: "layerwise",
  extraWork: "two matrix products per weight, three per kernel",
  settings: z.strictObject({}),
  create: metaCurvature,
  needs: [],
  learned: {
    by: "meta_curvature",
    what: "a square matrix per side of a weight",
    untrained: untrainedTransform(curvatureTransform),
  },
  statePerParameter: () => 0,
  source: "Park & Oliva 2019, Section 4",
});
