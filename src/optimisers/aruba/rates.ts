import { z } from "zod";
import { map } from "../../core/tree.js";
import { tensorFrom } from "../../engine/memory.js";
import type { Tensor } from "../../engine/ops.js";
import { matrixSize } from "../../engine/parameters.js";
import type { LearnedValues, OptimiserContext } from "../optimiser.js";

export const arubaSettings = z.strictObject({
  isotropic: z.boolean().default(false).describe("one learning rate for all coordinates: √(ΣB/ΣG)"),
});

/** √(B/G) per coordinate, or √(ΣB/ΣG) everywhere. @param learned b and g by parameter. */
export function rates(learned: LearnedValues, isotropic: boolean): Record<string, Float64Array> {
  const sumOf = (symbol: "b" | "g"): number => {
    let all = 0;
    for (const values of Object.values(learned)) for (const value of values[symbol]!) all += value;
    return all;
  };
  const shared = isotropic ? Math.sqrt(sumOf("b") / sumOf("g")) : undefined;
  return map(({ b, g }) => Float64Array.from(b!, (value, i) => shared ?? Math.sqrt(value / g![i]!)), learned);
}

export const tensorLike = (values: Float64Array, shape: readonly number[]): Tensor =>
  tensorFrom(values, { shape, dtype: "float32" });

/** B = G = 1: SGD. */
const untrained = (parameters: OptimiserContext["parameters"]): LearnedValues =>
  map((parameter) => {
    const { rows, columns } = matrixSize(parameter);
    const ones = (): Float64Array => new Float64Array(rows * columns).fill(1);
    return { b: ones(), g: ones() };
  }, parameters);

/** What both rules apply. */
export const learnedRates = {
  by: "aruba",
  what: "two numbers per parameter, which make one rate",
  untrained,
  symbols: ["b"], // b and g make one rate
} as const;
export const source = "Khodak et al. 2019, Algorithm 2; mkhodak/ARUBA";
