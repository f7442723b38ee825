import { adamStep, type AdamMoments } from "../../optimisers/shared/adam-in-double.js";

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
  let moments: AdamMoments | undefined;
  let t = 0;
  return (theta, gradient) => {
    moments ??= { m: new Float64Array(theta.length), v: new Float64Array(theta.length) };
    adamStep(theta, moments, gradient, { t: ++t, learningRate, order: "squareFirst" });
  };
}

/** Mirror descent with M = diag(m): θ ← θ − ηg/m. */
export function diagonalInDouble(learningRate: number, m: ArrayLike<number>): DoubleRule {
  return (theta, gradient) => {
    for (let i = 0; i < theta.length; i++) theta[i]! -= (learningRate * gradient[i]!) / m[i]!;
  };
}
