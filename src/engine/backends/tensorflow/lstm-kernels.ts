import type { KernelFunc, Tensor } from "@tensorflow/tfjs-core";
import { LSTM_KERNELS } from "../../lstm-cell.js";
import { tfjs } from "../../tfjs.js";
import type { NativeBackend } from "./native.js";

/** How many outputs our operations of these names have (install/kernels); their inputs come in the order of their names. */
const OUTPUTS = { [LSTM_KERNELS.cell]: 2, [LSTM_KERNELS.gradient]: 4 };

/** Registers the LSTM's kernels for tfjs-node's backend, once TensorFlow knows the operations. */
export function registerLstmKernels(): void {
  for (const [kernelName, outputs] of Object.entries(OUTPUTS)) {
    const kernelFunc = ({ inputs, backend }: { inputs: Record<string, Tensor>; backend: NativeBackend }): Tensor[] =>
      backend.executeMultipleOutputs(kernelName, [], Object.values(inputs), outputs);
    tfjs().registerKernel({ kernelName, backendName: "tensorflow", kernelFunc: kernelFunc as unknown as KernelFunc });
  }
}
