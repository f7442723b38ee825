import type { LearnedValues } from "../../optimisers/optimiser.js";

type Values = Readonly<Record<string, Readonly<Record<string, Float64Array>>>>;

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPS = 1e-8;

/** Adam on the host in double precision, for learned values: m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²;
 *  x ← x − β/(1−β₁ᵗ) · m/(√v/√(1−β₂ᵗ) + ε), β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
 *  @param gradient of the values, by the same names; a value without one stays as it is.
 *  @param moments of the step before, as returned; empty before the first. @param t 1, 2, ...
 *  @param clip largest entry of a gradient that is let through.
 *  @returns the next values and moments, "<symbol>.m" and "<symbol>.v" of every value with a gradient. */
export function hostAdam(
  values: LearnedValues,
  gradient: Values,
  moments: LearnedValues,
  t: number,
  rate: number,
  clip: number,
): { values: Values; moments: Values } {
  const next: Record<string, Record<string, Float64Array>> = {};
  const after: Record<string, Record<string, Float64Array>> = {};
  const first = rate / (1 - BETA1 ** t);
  const second = 1 / Math.sqrt(1 - BETA2 ** t);
  for (const [name, symbols] of Object.entries(values)) {
    const moved: Record<string, Float64Array> = (next[name] = {});
    const held: Record<string, Float64Array> = (after[name] = {});
    for (const [symbol, old] of Object.entries(symbols)) {
      const x = (moved[symbol] = new Float64Array(old));
      const slope = gradient[name]?.[symbol];
      if (slope === undefined) continue;
      const m = (held[`${symbol}.m`] = new Float64Array(moments[name]?.[`${symbol}.m`] ?? x.length));
      const v = (held[`${symbol}.v`] = new Float64Array(moments[name]?.[`${symbol}.v`] ?? x.length));
      for (let i = 0; i < x.length; i++) {
        const g = Math.min(clip, Math.max(-clip, slope[i]!));
        m[i] = BETA1 * m[i]! + (1 - BETA1) * g;
        v[i] = BETA2 * v[i]! + (1 - BETA2) * g * g;
        x[i]! -= (first * m[i]!) / (Math.sqrt(v[i]!) * second + EPS);
      }
    }
  }
  return { values: next, moments: after };
}
