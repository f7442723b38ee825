import type * as tf from "@tensorflow/tfjs-core";
import { tfjs } from "../../tfjs.js";
import type { Compiled } from "./memory.js";
import type { Plain, PlainKernels, Values } from "../reference/plain.js";

/** What we use of tfjs's WASM backend. */
export interface WasmBackend extends tf.KernelBackend {
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  /** A view of the heap; it dies when the heap grows, so outputs are made first. */
  typedArrayFromHeap(info: tf.TensorInfo): Values;
  readonly wasm: Compiled;
}

export type Inputs = Readonly<Record<string, tf.TensorInfo>>;

/** Runs a kernel of the backend that is open. */
export function runKernel(name: string, inputs: Inputs, attributes: tf.NamedAttrMap): tf.TensorInfo {
  const kernel = tfjs().getKernel(name, "wasm");
  const call = { inputs: { ...inputs }, backend: tfjs().backend(), attrs: attributes };
  return kernel.kernelFunc(call) as tf.TensorInfo;
}

/** Puts a kernel of ours in the place of the backend's, which it may call. */
export function replaceKernel<Attributes>(
  kernelName: string,
  create: (original: tf.KernelFunc) => (inputs: Inputs, attributes: Attributes, backend: WasmBackend) => tf.TensorInfo,
): void {
  const present = tfjs().getKernel(kernelName, "wasm") as tf.KernelConfig | undefined;
  if (present !== undefined) tfjs().unregisterKernel(kernelName, "wasm");
  const missing: tf.KernelFunc = () => {
    throw new Error(`tfjs-backend-wasm has no kernel ${kernelName}`);
  };
  const kernel = create(present?.kernelFunc ?? missing);
  const kernelFunc: tf.KernelFunc = ({ inputs, attrs, backend }) =>
    kernel(inputs as Inputs, attrs as Attributes, backend as WasmBackend);
  tfjs().registerKernel({ kernelName, backendName: "wasm", kernelFunc });
}

/** Registers kernels in plain TypeScript; results are copied onto the heap. */
export function registerPlainOnHeap(kernels: PlainKernels): void {
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    const kernelFunc: tf.KernelFunc = ({ inputs, backend, attrs }) => {
      const heap = backend as WasmBackend;
      const plain = Object.fromEntries(
        Object.entries(inputs as Inputs).map(([name, info]): [string, Plain] => {
          return [name, { shape: info.shape, dtype: info.dtype, values: heap.typedArrayFromHeap(info) }];
        }),
      );
      const allocate = (size: number): Float32Array => new Float32Array(size);
      const toHeap = ({ shape, dtype, values }: Plain): tf.TensorInfo => {
        const info = heap.makeOutput([...shape], dtype);
        heap.typedArrayFromHeap(info).set(values);
        return info;
      };
      const results = kernel({ inputs: plain, attributes: attrs as never, allocate });
      return Array.isArray(results) ? results.map(toHeap) : toHeap(results);
    };
    tfjs().registerKernel({ kernelName, backendName: "wasm", kernelFunc });
  }
}
