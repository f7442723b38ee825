import type { NamedTensorInfoMap, Tensor } from "@tensorflow/tfjs-core";
import { MATRIX_KERNELS } from "../../matrix-kernels.js";
import { tfjs } from "../../tfjs.js";
import { floats, registerAll } from "./kernels.js";
import type { NativeAttribute, NativeBackend } from "./native.js";

interface Call {
  readonly inputs: NamedTensorInfoMap;
  readonly backend: NativeBackend;
  readonly attrs: { readonly size: readonly [number, number]; readonly stride: number };
}

/** Our matrix kernels as TensorFlow operations. */
const KERNELS: Readonly<Record<string, (call: Call) => Tensor | Tensor[]>> = {
  [MATRIX_KERNELS.patches]({ inputs, backend, attrs }) {
    const { binding } = backend;
    const list = (name: string, value: readonly number[]): NativeAttribute => ({
      name,
      type: binding.TF_ATTR_INT,
      value,
    });
    const attributes = [
      floats(backend, "T"),
      list("ksizes", [1, ...attrs.size, 1]),
      list("strides", [1, attrs.stride, attrs.stride, 1]),
      list("rates", [1, 1, 1, 1]),
      { name: "padding", type: binding.TF_ATTR_STRING, value: "VALID" },
    ];
    return backend.executeSingleOutput("ExtractImagePatches", attributes, [inputs.x as Tensor]);
  },

  [MATRIX_KERNELS.diagonal]: ({ inputs, backend }) => diagonal(backend, inputs.x as Tensor),

  [MATRIX_KERNELS.symmetricEigen]({ inputs, backend }) {
    const attributes = [floats(backend, "T"), { name: "compute_v", type: backend.binding.TF_ATTR_BOOL, value: true }];
    const { safe, flaw } = guarded(inputs.x as Tensor);
    const outputs = backend.executeMultipleOutputs("SelfAdjointEigV2", attributes, [safe], 2);
    return outputs.map((output) => tfjs().add(output, flaw));
  },

  [MATRIX_KERNELS.inverse]({ inputs, backend }) {
    const { safe, flaw } = guarded(inputs.x as Tensor);
    const shift = inputs.shift as Tensor;
    const known = tfjs().where(tfjs().isFinite(shift), shift, tfjs().onesLike(shift));
    const shifted = backend.executeSingleOutput(
      "MatrixSetDiag",
      [floats(backend, "T")],
      [safe, tfjs().add(diagonal(backend, safe), known)],
    );
    const attributes = [floats(backend, "T"), { name: "adjoint", type: backend.binding.TF_ATTR_BOOL, value: false }];
    const result = backend.executeSingleOutput("MatrixInverse", attributes, [shifted]);
    return tfjs().add(result, tfjs().add(flaw, tfjs().mul(shift, 0)));
  },
};

/** Registers the matrix kernels for tfjs-node's backend. */
export const registerMatrixKernels = (): void => registerAll(KERNELS);

/** x with zeros for what is not a finite number, on which TensorFlow would throw, and the NaN or 0 to add to the result. */
function guarded(x: Tensor): { safe: Tensor; flaw: Tensor } {
  const safe = tfjs().where(tfjs().isFinite(x), x, tfjs().zerosLike(x));
  return { safe, flaw: tfjs().sum(tfjs().mul(x, 0)) };
}

const diagonal = (backend: NativeBackend, x: Tensor): Tensor =>
  backend.executeSingleOutput("MatrixDiagPart", [floats(backend, "T")], [x]);
