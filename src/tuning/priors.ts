import { normal, type Uniform } from "../core/rng.js";

/** A prior of a hyper-parameter above 0. */
export interface Prior {
  /** Log density at exp(x), without its constant; the density is that of the value, not of its logarithm. */
  log(x: number): number;
  /** Derivative of `log` by x. */
  slope(x: number): number;
  sample(uniform: Uniform): number;
}

/** Density ∝ v^(α−1) e^(−βv), α ≥ 1. @internal Exported for tests. */
export const gamma = (shape: number, rate: number): Prior => ({
  log: (x) => (shape - 1) * x - rate * Math.exp(x),
  slope: (x) => shape - 1 - rate * Math.exp(x),
  sample(uniform) {
    // Marsaglia & Tsang 2000.
    const draw = normal(uniform);
    const d = shape - 1 / 3;
    for (;;) {
      const z = draw();
      const v = (1 + z / Math.sqrt(9 * d)) ** 3;
      if (v > 0 && Math.log(1 - uniform()) < 0.5 * z * z + d - d * v + d * Math.log(v)) return (d * v) / rate;
    }
  },
});

/** log v normal with this mean and standard deviation. @internal Exported for tests. */
export const logNormal = (location: number, scale: number): Prior => ({
  log: (x) => -0.5 * ((x - location) / scale) ** 2 - x,
  slope: (x) => -(x - location) / scale ** 2 - 1,
  sample: (uniform) => Math.exp(location + scale * normal(uniform)()),
});

/** What is known of the hyper-parameters before there are observations, and where fitting begins. */
export interface Priors {
  readonly lengthscale: Prior;
  /** Absent: the outputscale is 1. */
  readonly outputscale?: Prior;
  readonly noise: Prior;
  readonly start: { readonly lengthscale: number; readonly outputscale: number; readonly noise: number };
  readonly lowestLengthscale: number;
}

/** Lowest noise variance, on the scale of standardised outcomes. */
export const LOWEST_NOISE = 1e-4;

/** softplus(0), where gpytorch's hyper-parameters begin. */
const LN2 = Math.LN2;

/** The priors of BoTorch's SingleTaskGP, by the year they were introduced, for `dimensions` axes.
 *  `botorch-2021`: those of the paper's time, made for Matérn-5/2; here with RBF, whose outputscale is fitted.
 *  `botorch-2024`: RBF without outputscale; lengthscales grow with the dimension (Hvarfner et al. 2024).
 *  Source: pytorch/botorch, botorch/models/{gp_regression.py, utils/gpytorch_modules.py}. */
export const PRIORS = {
  "botorch-2021": (): Priors => ({
    lengthscale: gamma(3, 6),
    outputscale: gamma(2, 0.15),
    noise: gamma(1.1, 0.05),
    start: { lengthscale: LN2, outputscale: LN2, noise: 2 },
    lowestLengthscale: 1e-4,
  }),
  "botorch-2024": (dimensions: number): Priors => {
    const location = Math.SQRT2 + 0.5 * Math.log(dimensions);
    return {
      lengthscale: logNormal(location, Math.sqrt(3)),
      noise: logNormal(-4, 1),
      start: { lengthscale: Math.exp(location - 3), outputscale: 1, noise: Math.exp(-5) },
      lowestLengthscale: 0.025,
    };
  },
} as const;
export type PriorName = keyof typeof PRIORS;
export const PRIOR_NAMES = Object.keys(PRIORS) as [PriorName, ...PriorName[]];
