import type { LearnedValues } from "../../optimisers/optimiser.js";
import { adamStep } from "../../optimisers/shared/adam-in-double.js";

type Values = Readonly<Record<string, Readonly<Record<string, Float64Array>>>>;

/** One step of Adam on the host in double precision, for learned values.
 *  @param gradient of the values, by the same names; a value without one stays as it is.
 *  @param moments of the step before, as returned; empty before the first. @param t 1, 2, ...
 *  @param clip largest entry of a gradient that is let through.
 *  @returns the next values and moments, "<symbol>.m" and "<symbol>.v" of every value with a gradient. */
export function hostAdam(
  values: LearnedValues,
  gradient: LearnedValues,
  moments: LearnedValues,
  t: number,
  rate: number,
  clip: number,
): { values: Values; moments: Values } {
  const next: Record<string, Record<string, Float64Array>> = {};
  const after: Record<string, Record<string, Float64Array>> = {};
  for (const [name, symbols] of Object.entries(values)) {
    const moved: Record<string, Float64Array> = (next[name] = {});
    const held: Record<string, Float64Array> = (after[name] = {});
    for (const [symbol, old] of Object.entries(symbols)) {
      const x = (moved[symbol] = new Float64Array(old));
      const slope = gradient[name]?.[symbol];
      if (slope === undefined) continue;
      const m = (held[`${symbol}.m`] = new Float64Array(moments[name]?.[`${symbol}.m`] ?? x.length));
      const v = (held[`${symbol}.v`] = new Float64Array(moments[name]?.[`${symbol}.v`] ?? x.length));
      adamStep(x, { m, v }, slope, { t, learningRate: rate, clip, order: "shareFirst" });
    }
  }
  return { values: next, moments: after };
}
