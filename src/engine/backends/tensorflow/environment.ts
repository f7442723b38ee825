import { environment } from "../../../core/home.js";
import type { EngineDetails, EngineOptions } from "../../engine.js";

/** Variables that TensorFlow, oneDNN, CUDA's libraries and their thread pools read, and that can change numbers. */
const DECIDING = /^(TF|XLA|ONEDNN|DNNL|MKL|MKLDNN|OMP|GOMP|KMP|OPENBLAS|CUDNN|CUBLAS|CUBLASLT)_|^NVIDIA_TF32_OVERRIDE$/;
/** What is said, and how loudly, is the user's. */
const HARMLESS = /^TF_CPP_/;
/** The level from which TensorFlow says errors alone; 0 is all. */
const ERRORS = 2;

/** What decides numbers, by variable.
 *  TensorFlow turns oneDNN on by itself only where it finds AVX-512; with AVX2 it makes LeNet's step 2.5 times as fast. */
const FIXED: Readonly<Record<string, string>> = {
  TF_NUM_INTEROP_THREADS: "1",
  TF_ENABLE_ONEDNN_OPTS: "1",
  TF_ENABLE_MAXPOOL_NANPROP: "1",
  // GPUs are numbered as nvidia-smi numbers them.
  CUDA_DEVICE_ORDER: "PCI_BUS_ID",
};

/** TF32 keeps ten bits of the factors of a product; TensorFlow takes it where nothing forbids it. */
const WITHOUT_TF32: Readonly<Record<string, string>> = { NVIDIA_TF32_OVERRIDE: "0" };
/** Without these a GPU's sums and choices of kernels differ from run to run. */
const DETERMINISTIC: Readonly<Record<string, string>> = {
  TF_DETERMINISTIC_OPS: "1",
  TF_CUDNN_DETERMINISTIC: "1",
  CUBLAS_WORKSPACE_CONFIG: ":4096:8",
};

/** What a GPU is used for, and how. */
export type GpuOptions = Pick<EngineOptions, "gpu" | "gpuMemoryGrowth" | "tf32" | "deterministic">;

/** Sets what decides the native engine's numbers, and takes away what else could, before the library reads it: any
 *  environment gives the numbers of an empty one. @param threads of one operation. */
export function fixEnvironment(
  threads: number,
  { gpu, gpuMemoryGrowth = true, tf32 = false, deterministic = true }: GpuOptions = {},
): void {
  for (const name of Object.keys(process.env))
    if (DECIDING.test(name) && !HARMLESS.test(name)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, FIXED, !tf32 && WITHOUT_TF32, deterministic && DETERMINISTIC, {
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_FORCE_GPU_ALLOW_GROWTH: String(gpuMemoryGrowth),
  });
  if (gpu !== undefined) process.env.CUDA_VISIBLE_DEVICES = gpu;
  process.env.TF_CPP_MIN_LOG_LEVEL = environment("TF_CPP_MIN_LOG_LEVEL") ?? String(ERRORS);
}

/** Whether the user asks TensorFlow for more than errors. */
export const saysMore = (): boolean => Number(process.env.TF_CPP_MIN_LOG_LEVEL) < ERRORS;

/** What a record has of how a GPU was used. A processor's says only what a config says that is not as usual. */
export function gpuDetails(
  onGpu: boolean,
  { gpuMemoryGrowth = true, tf32 = false, deterministic = true }: GpuOptions,
): { memory: Pick<EngineDetails, "gpuMemoryGrowth">; kernels: { tf32: boolean; deterministic: boolean } } {
  return {
    memory: onGpu || !gpuMemoryGrowth ? { gpuMemoryGrowth } : {},
    kernels: { tf32: onGpu && tf32, deterministic: !onGpu || deterministic },
  };
}
