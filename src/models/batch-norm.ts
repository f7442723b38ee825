import { add, batchNormTraining, div, mul, sqrt, sub, type Tensor } from "../engine/ops.js";
import type { ParameterSpec, Params, ValueSpec } from "../engine/parameters.js";
import type { Pass } from "./model.js";

const EPSILON = 1e-5;
/** Share of the batch in a running statistic. */
const MOMENTUM = 0.1;

const vector = (size: number, value: number): ValueSpec => ({ shape: [size], initialise: { kind: "constant", value } });

/** Scale "weight" 1 and offset "bias" 0 of a batch normalisation. */
export const batchNormParameters = (name: string, channels: number): Record<string, ParameterSpec> => ({
  [`${name}.weight`]: { ...vector(channels, 1), head: false },
  [`${name}.bias`]: { ...vector(channels, 0), head: false },
});

/** Running mean 0 and variance 1 of a batch normalisation. */
export const batchNormStatistics = (name: string, channels: number): Record<string, ValueSpec> => ({
  [`${name}.running_mean`]: vector(channels, 0),
  [`${name}.running_var`]: vector(channels, 1),
});

/** Batch normalisation of x [..., c] over all axes but the last: y = w (x − m)/√(v + ε) + b, ε = 1e-5.
 *  In training m and v are the batch's mean and biased variance; the running mean and variance move a tenth of the way
 *  to the batch's mean and unbiased variance, n/(n−1) v. In evaluation m and v are the running ones.
 *  Source: torch.nn.BatchNorm2d, which refuses n = 1 in training; here the unbiased variance of one value is 0. */
export function batchNorm(
  theta: Params,
  name: string,
  x: Tensor,
  { evaluation = false, statistics, moved }: Pass,
): Tensor {
  const [weight, bias] = [theta[`${name}.weight`]!, theta[`${name}.bias`]!];
  const [meanName, varianceName] = [`${name}.running_mean`, `${name}.running_var`];
  const [mean, variance] = [statistics?.[meanName], statistics?.[varianceName]];
  if (evaluation) {
    if (mean === undefined || variance === undefined) throw new Error(`no running statistics of ${name} were given`);
    const factor = div(weight, sqrt(add(variance, EPSILON)));
    return add(mul(x, factor), sub(bias, mul(mean, factor)));
  }
  const batch = batchNormTraining(x, weight, bias, EPSILON);
  if (moved !== undefined && mean !== undefined && variance !== undefined) {
    const n = x.size / x.shape.at(-1)!;
    moved(meanName, blend(mean, batch.mean));
    moved(varianceName, blend(variance, mul(batch.variance, n / Math.max(n - 1, 1))));
  }
  return batch.y;
}

const blend = (running: Tensor, batch: Tensor): Tensor => add(mul(running, 1 - MOMENTUM), mul(batch, MOMENTUM));
