import type { TensorInfo } from "@tensorflow/tfjs-core";
import { replaceKernel, runKernel, type WasmBackend } from "./backend.js";

interface MatMulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Matrix products: the backend's own path for transposed operands is plain loops, so operands are transposed first.
 *  The backend packs the second operand once per data id, for the shape that it has then; the same numbers in another
 *  shape are copied, or it would read past their end. */
export function registerMatMul(): void {
  const packedAs = new WeakMap<object, string>();
  replaceKernel<MatMulAttributes>("BatchMatMul", (original) => (inputs, { transposeA, transposeB }, backend) => {
    const made: TensorInfo[] = [];
    const straight = (operand: TensorInfo, transposed: boolean): TensorInfo => {
      if (!transposed) return operand;
      const result = transposedMatrix(operand, backend);
      made.push(result);
      return result;
    };
    const a = straight(inputs.a!, transposeA);
    let b = straight(inputs.b!, transposeB);
    const shape = b.shape.join();
    if ((packedAs.get(b.dataId) ?? shape) !== shape) made.push((b = runKernel("Identity", { x: b }, {})));
    packedAs.set(b.dataId, shape);
    const operands = { a, b };
    const attrs = { transposeA: false, transposeB: false };
    const product = original({ inputs: operands, backend, attrs }) as TensorInfo;
    for (const { dataId } of made) backend.disposeData(dataId);
    return product;
  });
}

/** The last two axes swapped; a vector only changes its shape. */
function transposedMatrix(x: TensorInfo, backend: WasmBackend): TensorInfo {
  const rank = x.shape.length;
  const axes = [...x.shape.keys()];
  [axes[rank - 1], axes[rank - 2]] = [rank - 2, rank - 1];
  const shape = axes.map((axis) => x.shape[axis]!);
  if (shape[rank - 1] === 1 || shape[rank - 2] === 1) {
    backend.incRef(x.dataId);
    return { dataId: x.dataId, shape, dtype: x.dtype };
  }
  return runKernel("Transpose", { x }, { perm: axes });
}
