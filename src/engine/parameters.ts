import type { Leaves } from "../core/tree.js";
import type { HostArray } from "./host.js";
import { tensorFrom } from "./memory.js";
import { concat, type Tensor, type Window } from "./ops.js";

/** How a parameter is drawn. */
type Initialiser =
  | { readonly kind: "uniform"; /** U(-bound, bound). */ readonly bound: number }
  | { readonly kind: "normal"; readonly std: number }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "given"; /** Row-major. */ readonly values: HostArray };

/** A parameter seen as a matrix out x in, for methods that work on matrices.
 *  `rowsFirst`: stored as [rows, columns] row-major (linear weights, [out, in]); otherwise as [columns, rows]
 *  (convolution kernels, [kh, kw, in, out], columns = kh * kw * in). */
export interface MatrixView {
  readonly rows: number;
  readonly columns: number;
  readonly rowsFirst: boolean;
}

/** Numbers that a run begins with. */
export interface ValueSpec {
  readonly shape: readonly number[];
  readonly initialise: Initialiser;
}

export interface ParameterSpec extends ValueSpec {
  /** Absent for biases and other vectors. */
  readonly matrix?: MatrixView;
  /** Belongs to the classifier, whose shape depends on the task. */
  readonly head: boolean;
}

/** A layer that multiplies by a weight, for methods that need its inputs and output gradients: the names of its
 *  parameters, and how a convolution's kernel moves (its size is the weight's shape [kh, kw, in, out]). */
export type LayerSpec = { readonly weight: string; readonly bias?: string } & (
  | {
      readonly kind: "linear";
      /** Whether the forward pass takes the layer turned too. */
      readonly turns?: true;
    }
  | { readonly kind: "convolution"; readonly window: Window }
);

/** Where a linear layer is turned, [W b] = L U Rᵀ with orthogonal L and R, θ holds these in the place of weight and bias. */
export const turnedNames = (layer: string): Readonly<Record<"matrix" | "left" | "right", string>> => ({
  matrix: `${layer}.turned`,
  left: `${layer}.left`,
  right: `${layer}.right`,
});

/** x [n, in] with a column of ones after it, which a layer's bias is the weight of. */
export function withOnes(x: Tensor): Tensor {
  const n = x.shape[0]!;
  return concat([x, tensorFrom(new Float64Array(n).fill(1), { shape: [n, 1], dtype: "float32" })], 1);
}

export type Params = Leaves<Tensor>;

/** A parameter's size as a matrix; a vector has one column. */
export const matrixSize = ({ matrix, shape }: ParameterSpec): { rows: number; columns: number } =>
  matrix === undefined ? { rows: shape[0]!, columns: 1 } : { rows: matrix.rows, columns: matrix.columns };
