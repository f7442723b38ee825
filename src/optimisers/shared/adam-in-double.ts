import { adamSettings } from "../adam.js";

/** What Adam remembers of a vector; zero before its first step. */
export interface AdamMoments {
  readonly m: Float64Array;
  readonly v: Float64Array;
}

interface AdamStep {
  /** 1, 2, … */
  readonly t: number;
  readonly learningRate: number;
  /** Largest entry of a gradient that is let through. */
  readonly clip?: number;
  /** How (1−β₂)g² is multiplied: the orders differ in the last digit, and records hold it. */
  readonly order: "shareFirst" | "squareFirst";
}

const { beta1: BETA1, beta2: BETA2, eps: EPS } = adamSettings.parse({});

/** One step of Adam on the host in double precision, in place, with its default settings and without weight decay:
 *  m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  x ← x − η/(1−β₁ᵗ) · m/(√v/√(1−β₂ᵗ) + ε).
 *  Source: optimisers/adam.ts. */
export function adamStep(
  x: Float64Array,
  { m, v }: AdamMoments,
  gradient: ArrayLike<number>,
  { t, learningRate, clip = Infinity, order }: AdamStep,
): void {
  const rate = learningRate / (1 - BETA1 ** t);
  const correction = 1 / Math.sqrt(1 - BETA2 ** t);
  for (let i = 0; i < x.length; i++) {
    const g = Math.min(clip, Math.max(-clip, gradient[i]!));
    const fresh = order === "shareFirst" ? (1 - BETA2) * g * g : g * g * (1 - BETA2);
    m[i] = BETA1 * m[i]! + (1 - BETA1) * g;
    v[i] = BETA2 * v[i]! + fresh;
    x[i]! -= (rate * m[i]!) / (Math.sqrt(v[i]!) * correction + EPS);
  }
}
