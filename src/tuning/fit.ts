import type { Uniform } from "../core/rng.js";
import { evidence, type Hyperparameters, type Inputs } from "./gaussian-process.js";
import { minimise, type Bounds, type Minimum, type Objective } from "./minimise.js";
import { LOWEST_NOISE, type Priors } from "./priors.js";

/** Times that fitting is begun: once where the priors say, then from samples of them. */
const ATTEMPTS = 5;
/** Far beyond every prior's bulk, so that exp of a variable stays a number. */
const HIGHEST = 1e6;

/** The hyper-parameters of highest evidence times prior, found over their logarithms (the mean as it is, under a flat
 *  prior). An attempt that does not converge is followed by one from a sample of the priors; the best of all counts.
 *  @param z standardised outcomes. @param uniform samples the restarts.
 *  @throws Error when no attempt found a value. Source: pytorch/botorch, botorch/fit.py. */
export function fit(inputs: Inputs, z: readonly number[], priors: Priors, uniform: Uniform): Hyperparameters {
  const dimensions = inputs[0]!.length;
  const objective = negativeLogPosterior(inputs, z, priors);
  const bounds = boundsOf(priors, dimensions);
  let best: Minimum | undefined;
  for (let attempt = 0; attempt < ATTEMPTS && best?.converged !== true; attempt++) {
    const start = attempt === 0 ? priors.start : sampled(priors, uniform);
    const lengthscales = Array.from({ length: dimensions }, () =>
      attempt === 0 ? priors.start.lengthscale : priors.lengthscale.sample(uniform),
    );
    const found = minimise(objective, pack({ ...start, lengthscales, mean: 0 }, priors), bounds);
    if (found !== undefined && (best === undefined || found.converged || found.value < best.value)) best = found;
  }
  if (best === undefined) throw new Error("tuning: no Gaussian process fits the observations");
  return unpack(best.x, priors, dimensions);
}

/** −(evidence + log priors) over [log lengthscales, log outputscale where it is fitted, log noise, mean].
 *  @internal Exported for tests. */
export function negativeLogPosterior(inputs: Inputs, z: readonly number[], priors: Priors): Objective {
  const dimensions = inputs[0]!.length;
  return (x) => {
    const found = evidence(inputs, z, unpack(x, priors, dimensions));
    if (found === undefined) return undefined;
    const { lengthscales, outputscale, noise, mean } = found.gradient;
    const scaled = priors.outputscale === undefined ? [] : [outputscale];
    const slopes = [...lengthscales, ...scaled, noise];
    const each = [
      ...lengthscales.map(() => priors.lengthscale),
      ...(priors.outputscale === undefined ? [] : [priors.outputscale]),
      priors.noise,
    ];
    return {
      value: -each.reduce((sum, prior, i) => sum + prior.log(x[i]!), found.value),
      gradient: [...each.map((prior, i) => -(slopes[i]! + prior.slope(x[i]!))), -mean],
    };
  };
}

function pack({ lengthscales, outputscale, noise, mean }: Hyperparameters, priors: Priors): number[] {
  const scaled = priors.outputscale === undefined ? [] : [outputscale];
  return [...[...lengthscales, ...scaled, noise].map(Math.log), mean];
}

function unpack(x: readonly number[], priors: Priors, dimensions: number): Hyperparameters {
  return {
    lengthscales: x.slice(0, dimensions).map(Math.exp),
    outputscale: priors.outputscale === undefined ? 1 : Math.exp(x[dimensions]!),
    noise: Math.exp(x.at(-2)!),
    mean: x.at(-1)!,
  };
}

function boundsOf(priors: Priors, dimensions: number): Bounds {
  const low = { lengthscales: Array.from({ length: dimensions }, () => priors.lowestLengthscale), outputscale: 1e-6 };
  const high = { lengthscales: low.lengthscales.map(() => HIGHEST), outputscale: HIGHEST };
  return {
    low: pack({ ...low, noise: LOWEST_NOISE, mean: -HIGHEST }, priors),
    high: pack({ ...high, noise: HIGHEST, mean: HIGHEST }, priors),
  };
}

const sampled = ({ outputscale, noise }: Priors, uniform: Uniform): { outputscale: number; noise: number } => ({
  outputscale: outputscale?.sample(uniform) ?? 1,
  noise: Math.max(noise.sample(uniform), LOWEST_NOISE),
});
