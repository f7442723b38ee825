import type { Tensor } from "@tensorflow/tfjs-core";
import { runKernel } from "./fused.js";

/** Kernels of our own without a gradient, registered under these names by every backend. All arrays are row-major.
 *  Where an entry is not a finite number, the decompositions give NaN: a run that diverges ends as diverged. */
export const MATRIX_KERNELS = {
  /** {x [n, h, w, c]}, {size [kh, kw], stride} -> [n, oh, ow, kh * kw * c], no padding. */
  patches: "MetamdPatches",
  /** {x [n, n]} -> [n]. */
  diagonal: "MetamdDiagonal",
  /** {x [n, n] symmetric} -> [values [n], rising, vectors [n, n] as columns]. */
  symmetricEigen: "MetamdSymmetricEigen",
  /** {x [n, n] symmetric, shift []} -> (x + shift I)⁻¹, x + shift I positive definite. */
  inverse: "MetamdInverse",
} as const;

/** Operations on matrices that are one kernel; `ops` is their public face. */
export const matrixOperations = {
  patches: (x: Tensor, size: readonly [number, number], stride: number): Tensor =>
    runKernel(MATRIX_KERNELS.patches, { x }, { size: [...size], stride })[0]!,
  diagonal: (x: Tensor): Tensor => runKernel(MATRIX_KERNELS.diagonal, { x })[0]!,
  symmetricEigen(x: Tensor): { values: Tensor; vectors: Tensor } {
    const [values, vectors] = runKernel(MATRIX_KERNELS.symmetricEigen, { x });
    return { values: values!, vectors: vectors! };
  },
  inverse: (x: Tensor, shift: Tensor): Tensor => runKernel(MATRIX_KERNELS.inverse, { x, shift })[0]!,
};
