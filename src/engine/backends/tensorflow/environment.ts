import { readFileSync } from "node:fs";

/** Variables that TensorFlow, oneDNN, CUDA's libraries and their thread pools read, and that can change numbers. */
const DECIDING = /^(TF|XLA|ONEDNN|DNNL|MKL|MKLDNN|OMP|GOMP|KMP|OPENBLAS|CUDNN|CUBLAS|CUBLASLT)_|^NVIDIA_TF32_OVERRIDE$/;
/** What is said, and how loudly, is the user's. */
const HARMLESS = /^TF_CPP_/;

/** What decides numbers, by variable.
 *  TensorFlow turns oneDNN on by itself only where it finds AVX-512; with AVX2 it makes LeNet's step 2.5 times as fast.
 *  TF32 keeps ten bits of the factors of a product; a GPU's sums and choices of kernels differ from run to run. */
const FIXED: Readonly<Record<string, string>> = {
  TF_NUM_INTEROP_THREADS: "1",
  TF_ENABLE_ONEDNN_OPTS: "1",
  TF_DETERMINISTIC_OPS: "1",
  TF_CUDNN_DETERMINISTIC: "1",
  TF_ENABLE_MAXPOOL_NANPROP: "1",
  NVIDIA_TF32_OVERRIDE: "0",
  CUBLAS_WORKSPACE_CONFIG: ":4096:8",
  // GPUs are numbered as nvidia-smi numbers them.
  CUDA_DEVICE_ORDER: "PCI_BUS_ID",
};

/** Sets what decides the native engine's numbers, and takes away what else could, before the library reads it: any
 *  environment gives the numbers of an empty one. @param threads of one operation. @param gpu the only one to be used.
 *  @param gpuMemoryGrowth whether its memory is taken as it is needed, not all at once. */
export function fixEnvironment(threads: number, gpu?: string, gpuMemoryGrowth = true): void {
  for (const name of Object.keys(process.env))
    if (DECIDING.test(name) && !HARMLESS.test(name)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, FIXED, {
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_FORCE_GPU_ALLOW_GROWTH: String(gpuMemoryGrowth),
  });
  if (gpu !== undefined) process.env.CUDA_VISIBLE_DEVICES = gpu;
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
}

/** What of a machine decides numbers and cannot be set: the widest vector instructions, which kernels are chosen by. */
export function instructionSet(): string {
  const widest = ["avx512f", "avx2", "avx"].find((name) => processorFlags().includes(name));
  return widest ?? process.arch;
}

function processorFlags(): string[] {
  try {
    return /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1]?.split(" ") ?? [];
  } catch {
    return [];
  }
}
