import { adamSettings } from "../../optimisers/adam.js";

/** An update rule in double precision on the host, for problems of a few numbers, where a tensor operation takes longer
 *  than a whole step. Moves theta in place; its state begins fresh. */
export type DoubleRule = (theta: Float64Array, gradient: Float64Array) => void;

/** The same numbers as optimisers/sgd.ts without weight decay: v ← μv + g; θ ← θ − ηv.
 *  @param momentum μ. */
export function sgdInDouble(learningRate: number, momentum = 0): DoubleRule {
  let velocity: Float64Array | undefined;
  return (theta, gradient) => {
    velocity ??= new Float64Array(theta.length);
    for (let i = 0; i < theta.length; i++) {
      velocity[i] = momentum * velocity[i]! + gradient[i]!;
      theta[i]! -= learningRate * velocity[i]!;
    }
  };
}

/** The same numbers as optimisers/adam.ts without weight decay, with its default settings. */
export function adamInDouble(learningRate: number): DoubleRule {
  const { beta1, beta2, eps } = adamSettings.parse({});
  let held: { m: Float64Array; v: Float64Array } | undefined;
  let t = 0;
  return (theta, gradient) => {
    const { m, v } = (held ??= { m: new Float64Array(theta.length), v: new Float64Array(theta.length) });
    t++;
    const rate = learningRate / (1 - beta1 ** t);
    const correction = 1 / Math.sqrt(1 - beta2 ** t);
    for (let i = 0; i < theta.length; i++) {
      const g = gradient[i]!;
      m[i] = m[i]! * beta1 + g * (1 - beta1);
      v[i] = v[i]! * beta2 + g * g * (1 - beta2);
      theta[i]! -= (rate * m[i]!) / (Math.sqrt(v[i]!) * correction + eps);
    }
  };
}

/** Mirror descent with M = diag(m): θ ← θ − ηg/m. */
export function diagonalInDouble(learningRate: number, m: ArrayLike<number>): DoubleRule {
  return (theta, gradient) => {
    for (let i = 0; i < theta.length; i++) theta[i]! -= (learningRate * gradient[i]!) / m[i]!;
  };
}
