import { dot } from "../../core/linear/vectors.js";
import { scale, squaredDistance, type Block } from "./kronecker.js";

/** N = |M − I|_F over all blocks together. */
export const distance = (blocks: Readonly<Record<string, Block>>): number =>
  Math.sqrt(Object.values(blocks).reduce((sum, block) => sum + squaredDistance(block), 0));

/** Gradient of Nᵖ: p Nᵖ⁻¹ dN with dN/da = (2ιs + 2t + 2t² + 4st + 2st²)/N · a, dN/db likewise; 0 at M = I, where N is
 *  not differentiable in M but flat in a and b.
 *  @param power 1 as in the paper, or 2, which is bounded for any displacement. */
export function distanceGradient(blocks: Readonly<Record<string, Block>>, power: 1 | 2): Record<string, Block> {
  const n = Math.max(distance(blocks), 1e-12);
  const outer = power === 1 ? 1 / n : 2;
  return Object.fromEntries(
    Object.entries(blocks).map(([name, { a, b }]) => {
      const s = dot(a, a);
      const t = dot(b, b);
      const alongA = 2 * b.length * s + 2 * t + 2 * t * t + 4 * s * t + 2 * s * t * t;
      const alongB = 2 * a.length * t + 2 * s + 2 * s * s + 4 * s * t + 2 * s * s * t;
      return [name, { a: scale(outer * alongA, a), b: scale(outer * alongB, b) }];
    }),
  );
}
