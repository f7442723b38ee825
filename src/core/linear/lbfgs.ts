import { dot } from "./vectors.js";

/** A step and the change of the gradient over it. */
interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  /** sᵀy, above 0. */
  readonly curvature: number;
}

/** The two ways to divide by sᵀy, as quotients or by its reciprocal. They differ in the last digit, and records hold it. */
const DIVISIONS = {
  quotient: {
    share: (product: number, curvature: number) => product / curvature,
    scaled: (value: number, curvature: number, square: number) => (value * curvature) / square,
  },
  reciprocal: {
    share: (product: number, curvature: number) => (1 / curvature) * product,
    scaled: (value: number, curvature: number, square: number) => value * (1 / ((1 / curvature) * square)),
  },
};

/** What L-BFGS knows of the inverse Hessian H⁻¹: the last pairs of a step and the change of the gradient over it.
 *  @param most pairs that are kept.
 *  Source: Nocedal & Wright 2006, Algorithm 7.4. */
export class InverseHessian {
  private readonly pairs: Pair[] = [];

  constructor(
    private readonly most: number,
    private readonly division: keyof typeof DIVISIONS,
  ) {}

  get empty(): boolean {
    return this.pairs.length === 0;
  }

  /** @param pair one of positive curvature. */
  learn(pair: Pair): void {
    this.pairs.push(pair);
    if (this.pairs.length > this.most) this.pairs.shift();
  }

  forget(): void {
    this.pairs.length = 0;
  }

  /** H⁻¹ times a vector; the vector itself while nothing is known. */
  times(vector: ArrayLike<number>): Float64Array {
    const { share, scaled } = DIVISIONS[this.division];
    const q = Float64Array.from(vector);
    const shares: number[] = [];
    for (const { s, y, curvature } of this.pairs.toReversed()) {
      const part = share(dot(s, q), curvature);
      shares.push(part);
      for (let i = 0; i < q.length; i++) q[i]! -= part * y[i]!;
    }
    const last = this.pairs.at(-1);
    if (last !== undefined) {
      const square = dot(last.y, last.y);
      for (let i = 0; i < q.length; i++) q[i] = scaled(q[i]!, last.curvature, square);
    }
    for (const { s, y, curvature } of this.pairs) {
      const part = shares.pop()! - share(dot(y, q), curvature);
      for (let i = 0; i < q.length; i++) q[i]! += part * s[i]!;
    }
    return q;
  }
}
