import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import type * as Tfjs from "@tensorflow/tfjs-core";
import { EXIT, UserError } from "../../../core/errors.js";
import type { Engine } from "../../engine.js";
import type { EngineOptions } from "../../open.js";
import { loadTfjs } from "../../tfjs.js";
import { registerKernels } from "./kernels.js";
import { findAddon } from "../../../../../../tmp/scratch/loc.ts";
import type { NativeBackend, NativeBinding } from "./native.js";
const patchNodeUtil = () => {};
import { compiledProgram } from "./program.js";

const require = createRequire(import.meta.url);
let opened: Engine | undefined;

/** Opens the native engine. The thread count holds for the whole process: TensorFlow reads it once.
 *  @throws UserError (exit code 4) when the addon is not installed. */
export async function openTensorflow({ threads = availableParallelism() }: EngineOptions): Promise<Engine> {
  const tf = await loadTfjs();
  opened ??= load(tf, threads);
  if (!tf.setBackend("tensorflow")) throw new Error("tfjs refused its tensorflow backend");
  return opened;
}

function load(tf: typeof Tfjs, threads: number): Engine {
  const addon = findAddon();
  if ("missing" in addon) {
    throw new UserError(EXIT.engine, { where: "engine tensorflow", given: addon.missing, remedy: addon.remedy });
  }
  process.env.TF_NUM_INTRAOP_THREADS = String(threads);
  process.env.TF_NUM_INTEROP_THREADS ??= "1";
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
  patchNodeUtil();
  const { NodeJSKernelBackend } = require("@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js") as {
    NodeJSKernelBackend: new (binding: NativeBinding, packageName: string) => NativeBackend;
  };
  require("@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js");
  const binding = require(addon.path) as NativeBinding;
  const backend = new NodeJSKernelBackend(binding, "@tensorflow/tfjs-node-gpu");
  tf.registerBackend("tensorflow", () => backend, 3);
  registerKernels();
  const { version } = require("@tensorflow/tfjs-node-gpu/package.json") as { version: string };
  return {
    details: {
      name: "tensorflow",
      versions: { "tfjs-core": tf.version_core, "tfjs-node-gpu": version, tensorflow: binding.TF_Version },
      precision: "float32",
      compiled: true,
      threads,
      gpu: binding.isUsingGpuDevice(),
    },
    compile: (definition) => compiledProgram(backend, definition),
  };
}
