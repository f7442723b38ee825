import { namedStream } from "../../src/core/rng.js";
import { map, type Leaves } from "../../src/core/tree.js";
import { sizeOf } from "../../src/engine/host.js";
import type { ParameterSpec } from "../../src/engine/parameters.js";
import { initialNetworks, weightShapes } from "../../src/optimisers/l2o/network.js";
import type { LearnedValues } from "../../src/optimisers/optimiser.js";

type Network = Record<string, Float64Array>;

/** The network of the check values: H = 2, W_l[r][c] = .3 sin(1 + 5l + 7r + 3c), b_l[c] = .05((c + l) mod 3 − 1). */
export function goldenNetwork(): Network {
  const weights = (l: number): Float64Array =>
    Float64Array.from({ length: 32 }, (_, at) => 0.3 * Math.sin(1 + 5 * l + 7 * Math.floor(at / 8) + 3 * (at % 8)));
  const bias = (l: number): Float64Array => Float64Array.from({ length: 8 }, (_, c) => 0.05 * (((c + l) % 3) - 1));
  return {
    weights1: weights(0),
    bias1: bias(0),
    weights2: weights(1),
    bias2: bias(1),
    outputWeights: Float64Array.of(0.7, -0.4),
    outputBias: Float64Array.of(0.02),
    p: Float64Array.of(10),
    scale: Float64Array.of(0.1),
  };
}

/** Networks that go downhill, as a learned one does: one unit of each layer carries the sign of the gradient to the
 *  output, with the sign turned; every other weight is random. A coordinate that has only seen gradients of zero
 *  stays: candidates take nothing from the size of the gradient and have no bias, so that hidden values remain zero.
 *  @param hidden units of each layer; few are quick. */
export function descendingNetworks(parameters: Leaves<ParameterSpec>, hidden = 4): LearnedValues {
  const uniform = namedStream(1, "descending");
  return map(
    (network) => {
      const random = map(
        (shape) => Float64Array.from({ length: sizeOf(shape) }, () => 0.1 * (uniform() - 0.5)),
        weightShapes(hidden),
      );
      const { weights1, bias1, weights2, bias2, outputWeights, outputBias } = random;
      const candidates = [hidden, 2 * hidden] as const;
      for (const values of [weights1!, bias1!, bias2!]) values.fill(0, ...candidates);
      weights1![4 * hidden + hidden] = 2;
      weights2![hidden] = 2;
      outputWeights![0] = -4;
      outputBias!.fill(0);
      return { ...network, ...random };
    },
    initialNetworks(parameters, 0, { p: 10, scale: 0.1 }),
  );
}
