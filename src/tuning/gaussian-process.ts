import { inverse, jitteredCholesky, solveLower, solveUpper, type Factor } from "./cholesky.js";

/** Places in the unit cube, one row per observation. */
export type Inputs = readonly (readonly number[])[];

/** k(x, x') = outputscale exp(−½ Σ_d ((x_d − x'_d)/lengthscale_d)²), observed with a constant mean and equal noise. */
export interface Hyperparameters {
  readonly lengthscales: readonly number[];
  readonly outputscale: number;
  /** Variance. */
  readonly noise: number;
  readonly mean: number;
}

/** Derivatives by the logarithms of the hyper-parameters; by the mean itself. */
export type EvidenceGradient = Hyperparameters;

/** −½ (z − c)ᵀK⁻¹(z − c) − Σ log L_ii − (n/2) log 2π, K with the noise on its diagonal, and its gradient
 *  ∂/∂p = ½ tr((aaᵀ − K⁻¹) ∂K/∂p) with a = K⁻¹(z − c).
 *  @returns undefined where K has no factor. Source: Rasmussen & Williams 2006, eq. 5.8 and 5.9. */
export function evidence(
  inputs: Inputs,
  z: readonly number[],
  of: Hyperparameters,
): { readonly value: number; readonly gradient: EvidenceGradient } | undefined {
  const latent = inputs.map((x) => covariances(inputs, x, of));
  const factor = jitteredCholesky(withNoise(latent, of.noise));
  if (factor === undefined) return undefined;
  const residual = z.map((value) => value - of.mean);
  const weights = solveUpper(factor, solveLower(factor, residual));
  const precision = inverse(factor);
  const count = z.length;

  let value = -0.5 * count * Math.log(2 * Math.PI);
  let [outputscale, noise, mean] = [0, 0, 0];
  const lengthscales = of.lengthscales.map(() => 0);
  for (let i = 0; i < count; i++) {
    const diagonal = weights[i]! ** 2 - precision[i]![i]!;
    value -= 0.5 * residual[i]! * weights[i]! + Math.log(factor[i]![i]!);
    mean += weights[i]!;
    noise += 0.5 * of.noise * diagonal;
    outputscale += 0.5 * latent[i]![i]! * diagonal;
    // Both halves of symmetric matrices at once.
    for (let j = 0; j < i; j++) {
      const share = (weights[i]! * weights[j]! - precision[i]![j]!) * latent[i]![j]!;
      outputscale += share;
      for (let d = 0; d < lengthscales.length; d++)
        lengthscales[d]! += share * ((inputs[i]![d]! - inputs[j]![d]!) / of.lengthscales[d]!) ** 2;
    }
  }
  return { value, gradient: { lengthscales, outputscale, noise, mean } };
}

/** Mean and variance of the noise-free function. */
export interface Prediction {
  readonly mean: number;
  readonly variance: number;
}

/** What observations say of the function everywhere.
 *  @throws Error where the covariance has no factor at any jitter. */
export function posterior(
  inputs: Inputs,
  z: readonly number[],
  of: Hyperparameters,
): (x: readonly number[]) => Prediction {
  const factor: Factor | undefined = jitteredCholesky(
    withNoise(
      inputs.map((x) => covariances(inputs, x, of)),
      of.noise,
    ),
  );
  if (factor === undefined) throw new Error("tuning: the covariance of the observations is not positive definite");
  const weights = solveUpper(
    factor,
    solveLower(
      factor,
      z.map((value) => value - of.mean),
    ),
  );
  return (x) => {
    const k = covariances(inputs, x, of);
    const half = solveLower(factor, k);
    let [mean, variance] = [of.mean, of.outputscale];
    for (let i = 0; i < k.length; i++) {
      mean += k[i]! * weights[i]!;
      variance -= half[i]! ** 2;
    }
    return { mean, variance: Math.max(variance, 0) };
  };
}

function covariances(inputs: Inputs, x: readonly number[], of: Hyperparameters): Float64Array {
  const { lengthscales, outputscale } = of;
  const row = new Float64Array(inputs.length);
  for (let i = 0; i < row.length; i++) {
    const other = inputs[i]!;
    let distance = 0;
    for (let d = 0; d < other.length; d++) {
      const scaled = (x[d]! - other[d]!) / lengthscales[d]!;
      distance += scaled * scaled;
    }
    row[i] = outputscale * Math.exp(-0.5 * distance);
  }
  return row;
}

/** @returns a copy with the noise on its diagonal. */
function withNoise(latent: readonly Float64Array[], noise: number): Float64Array[] {
  return latent.map((row, i) => {
    const copy = row.slice();
    copy[i]! += noise;
    return copy;
  });
}
