import type { Plain, PlainCall, PlainKernels } from "./plain.js";

/** Product of two matrices (batches of one matrix), either of them transposed first. */
function matMul({ inputs, attributes, allocate }: PlainCall<{ transposeA: boolean; transposeB: boolean }>): Plain {
  const { a, b } = inputs as { a: Plain; b: Plain };
  const { transposeA, transposeB } = attributes;
  if (a.values.length !== a.shape.at(-1)! * a.shape.at(-2)! || b.values.length !== b.shape.at(-1)! * b.shape.at(-2)!)
    throw new Error(`reference matMul takes matrices, not [${a.shape.join(", ")}] and [${b.shape.join(", ")}]`);
  const [rows, inner] = transposeA ? [a.shape.at(-1)!, a.shape.at(-2)!] : [a.shape.at(-2)!, a.shape.at(-1)!];
  const columns = transposeB ? b.shape.at(-2)! : b.shape.at(-1)!;
  const [left, right] = [a.values, b.values];
  const out = allocate(rows * columns);
  const [rowStep, innerStep] = transposeA ? [1, rows] : [inner, 1];
  for (let i = 0; i < rows; i++) {
    if (transposeB) {
      for (let j = 0; j < columns; j++) {
        let dot = 0;
        for (let k = 0; k < inner; k++) dot += left[i * rowStep + k * innerStep]! * right[j * inner + k]!;
        out[i * columns + j] = dot;
      }
    } else {
      for (let k = 0; k < inner; k++) {
        const factor = left[i * rowStep + k * innerStep]!;
        for (let j = 0; j < columns; j++) out[i * columns + j]! += factor * right[k * columns + j]!;
      }
    }
  }
  const batch = a.shape.length > b.shape.length ? a.shape.slice(0, -2) : b.shape.slice(0, -2);
  return { shape: [...batch, rows, columns], dtype: "float32", values: out };
}

export const matrix: PlainKernels = { BatchMatMul: matMul };
