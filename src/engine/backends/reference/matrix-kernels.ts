import { MATRIX_KERNELS } from "../../matrix-kernels.js";
import { sizeOf } from "../../host.js";
import { convolutionGeometry } from "./convolution.js";
import type { Plain, PlainCall, PlainKernels } from "./plain.js";
import { symmetricEigen } from "../../../core/linear/symmetric-eigen.js";

function patches({ inputs, attributes, allocate }: PlainCall<{ size: [number, number]; stride: number }>): Plain {
  const { x } = inputs as { x: Plain };
  const { size, stride } = attributes;
  const channels = x.shape[3]!;
  const g = convolutionGeometry(x.shape, [...size, channels, 1], { strides: stride, pad: "valid" });
  const shape = [g.batchSize, g.outHeight, g.outWidth, g.filterHeight * g.filterWidth * channels];
  const out = allocate(sizeOf(shape));
  const run = g.filterWidth * channels;
  let at = 0;
  for (let n = 0; n < g.batchSize; n++)
    for (let oh = 0; oh < g.outHeight; oh++)
      for (let ow = 0; ow < g.outWidth; ow++)
        for (let kh = 0; kh < g.filterHeight; kh++, at += run) {
          const from = ((n * g.inHeight + oh * stride + kh) * g.inWidth + ow * stride) * channels;
          out.set(x.values.subarray(from, from + run), at);
        }
  return { shape, dtype: "float32", values: out };
}

function diagonal({ inputs, allocate }: PlainCall): Plain {
  const { x } = inputs as { x: Plain };
  const n = x.shape[0]!;
  const out = allocate(n);
  for (let i = 0; i < n; i++) out[i] = x.values[i * n + i]!;
  return { shape: [n], dtype: "float32", values: out };
}

function eigen({ inputs, allocate }: PlainCall): Plain[] {
  const { x } = inputs as { x: Plain };
  const n = x.shape[0]!;
  const { values, vectors } = symmetricEigen(x.values, n);
  const [rising, columns] = [allocate(n), allocate(n * n)];
  rising.set(values);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) columns[j * n + i] = vectors[i * n + j]!;
  return [
    { shape: [n], dtype: "float32", values: rising },
    { shape: [n, n], dtype: "float32", values: columns },
  ];
}

/** With the Cholesky factor x + shift I = L Lᵀ: (L⁻¹)ᵀ L⁻¹. NaN where x + shift I is not positive definite or an entry is
 *  no finite number. */
function inverse({ inputs, allocate }: PlainCall): Plain {
  const { x, shift } = inputs as { x: Plain; shift: Plain };
  const n = x.shape[0]!;
  const out = allocate(n * n);
  const l = cholesky(x.values, shift.values[0]!, n);
  if (!x.values.every(Number.isFinite) || !l.every(Number.isFinite))
    return { shape: [n, n], dtype: "float32", values: out.fill(NaN) };
  const inverted = invertLower(l, n);
  for (let k = 0; k < n; k++)
    for (let i = 0; i <= k; i++) {
      const factor = inverted[k * n + i]!;
      for (let j = 0; j <= k; j++) out[i * n + j]! += factor * inverted[k * n + j]!;
    }
  return { shape: [n, n], dtype: "float32", values: out };
}

/** The lower triangle L of x + shift I = L Lᵀ. */
function cholesky(x: ArrayLike<number>, shift: number, n: number): Float64Array {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let rest = x[i * n + j]! + (i === j ? shift : 0);
      for (let k = 0; k < j; k++) rest -= l[i * n + k]! * l[j * n + k]!;
      l[i * n + j] = i === j ? Math.sqrt(rest) : rest / l[j * n + j]!;
    }
  return l;
}

/** L⁻¹ of a lower triangle, by rows. */
function invertLower(l: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const pivot = l[i * n + i]!;
    out[i * n + i] = 1 / pivot;
    for (let k = 0; k < i; k++) {
      const factor = l[i * n + k]! / pivot;
      for (let j = 0; j <= k; j++) out[i * n + j]! -= factor * out[k * n + j]!;
    }
  }
  return out;
}

export const matrixKernels: PlainKernels = {
  [MATRIX_KERNELS.patches]: patches,
  [MATRIX_KERNELS.diagonal]: diagonal,
  [MATRIX_KERNELS.symmetricEigen]: eigen,
  [MATRIX_KERNELS.inverse]: inverse,
};
