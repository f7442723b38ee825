import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { EXIT, UserError } from "../../../core/errors.js";
import type { Engine } from "../../engine.js";
import { instructionSet } from "../../../core/processor.js";
import { loadTfjs } from "../../load-tfjs.js";
import { ownCard } from "../../gpus.js";
import { addonFolder } from "./addon.js";
import { fixEnvironment, gpuDetails, saysMore, type GpuOptions } from "./environment.js";
import { registerKernels } from "./kernels.js";
import { kernelsFile } from "./location.js";
import { registerMatrixKernels } from "./matrix-kernels.js";
import type { NativeBackend, NativeBinding } from "./native.js";
import { patchNodeUtil } from "./node-util.js";
import { ownKernels, registerOwnKernels } from "./own-kernels.js";
import { compiledProgram, programBytes } from "./program.js";
import { withSignalsHeld, bindingWithSignalsHeld, type Signals } from "./signals.js";

const require = createRequire(import.meta.url);

/** Of a GPU's memory, what the rows may take that one process holds there: several share a GPU. */
const GPU_SHARE = 1 / 16;
/** The same of a machine's memory: 80,000 images of 28 x 28. */
const HELD_BYTES = 256 * 2 ** 20;

/** Loads a build of the native engine and registers it with tfjs as the present backend.
 *  tfjs-node's own entry would load its addon from where its install script puts it, so its parts are taken one by one.
 *  @param folder of the build. @param threads TensorFlow reads it once, so it holds for the whole process.
 *  @param options of a GPU hold as long. */
export async function loadNative(folder: string, threads: number, options: GpuOptions = {}): Promise<Engine> {
  const tf = loadTfjs();
  fixEnvironment(threads, options);
  patchNodeUtil();
  const scripts = addonFolder();
  const startup = partOf(folder, "startup.node") as Signals & { mute(): void; unmute(): void };
  const isQuiet = !saysMore();
  if (isQuiet) startup.mute();
  let binding: NativeBinding;
  try {
    const addon = withSignalsHeld(startup, () => partOf(folder, "tfjs_binding.node") as NativeBinding);
    binding = bindingWithSignalsHeld(startup, addon);
  } finally {
    if (isQuiet) startup.unmute();
  }
  const { NodeJSKernelBackend } = require(join(scripts, "dist", "nodejs_kernel_backend.js")) as {
    NodeJSKernelBackend: new (binding: NativeBinding, packageName: string) => NativeBackend;
  };
  require(join(scripts, "dist", "register_all_kernels.js"));
  const backend = new NodeJSKernelBackend(binding, "@tensorflow/tfjs-node-gpu");
  tf.registerBackend("tensorflow", () => backend, 3);
  registerKernels();
  registerMatrixKernels();
  const instructions = instructionSet();
  const hasOwn = loadOwnOperations(folder, instructions, binding, threads);
  if (!(await tf.setBackend("tensorflow"))) throw new Error("tfjs refused its tensorflow backend");
  const { version } = require(join(scripts, "package.json")) as { version: string };
  const onGpu = binding.isUsingGpuDevice();
  const device = onGpu ? ownCard() : undefined;
  const { memory, kernels } = gpuDetails(onGpu, options);
  return {
    details: {
      name: "tensorflow",
      versions: { "tfjs-core": tf.version_core, "tfjs-node-gpu": version, tensorflow: binding.TF_Version },
      precision: "float32",
      compiled: true,
      threads,
      gpu: onGpu,
      ...(device && { device: { name: device.name, driver: device.driver } }),
      ...memory,
      kernels: { instructions, oneDnn: true, ...kernels, ...(hasOwn && ownKernels(threads)) },
    },
    heldBytes: onGpu ? GPU_SHARE * (device?.memoryBytes ?? 0) : HELD_BYTES,
    compile: (definition) => compiledProgram(backend, definition, hasOwn),
    ...(!onGpu && { workingBytes: (definition) => programBytes(backend, definition) }),
  };
}

/** An addon of a build. @throws UserError (engine) where it is not there, or does not load: half a copy, another system. */
function partOf(folder: string, name: string): unknown {
  try {
    return require(join(folder, name));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "MODULE_NOT_FOUND" && code !== "ERR_DLOPEN_FAILED") throw error;
    throw new UserError(
      EXIT.engine,
      {
        where: "engine tensorflow",
        given: `an installation that does not load: ${message.split("\n")[0]}`,
        hint: "metamd engine install --force installs it again",
      },
      { cause: error },
    );
  }
}

/** Loads our own operations, where the build has them for this machine; they know no GPU. @returns whether they are there. */
function loadOwnOperations(folder: string, instructions: string, binding: NativeBinding, threads: number): boolean {
  const file = kernelsFile(folder, instructions);
  if (binding.isUsingGpuDevice() || !existsSync(file)) return false;
  require(file);
  registerOwnKernels(threads);
  return true;
}
