import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type * as Wasm from "@tensorflow/tfjs-backend-wasm";
import { EXIT, UserError, type Fault } from "../../../core/errors.js";
import { eagerProgram } from "../../eager.js";
import type { Engine } from "../../engine.js";
import { loadTfjs } from "../../load-tfjs.js";
import { maxPool, maxPoolGradient } from "../reference/convolution.js";
import { elementwise } from "../reference/elementwise.js";
import { fusedKernels } from "../reference/fused.js";
import { matrixKernels } from "../reference/matrix-kernels.js";
import type { PlainKernels } from "../reference/plain.js";
import { argMax } from "../reference/reductions.js";
import { registerPlainOnHeap, type WasmBackend } from "./backend.js";
import { registerFilterGradient, registerInputGradient } from "./convolution.js";
import { registerMatMul } from "./matrix.js";
import { refusingWarnings, refuseWhatIsFull } from "./memory.js";
import { registerRelu } from "./relu.js";

/** Where the backend's own are wrong: its maxima, minima and signs hide NaN, and its pooling's gradient takes no maximum
 *  below the smallest positive number for one. */
const REPLACED: PlainKernels = {
  ArgMax: argMax,
  MaxPool: maxPool,
  MaxPoolGrad: maxPoolGradient,
  Maximum: elementwise.Maximum!,
  Minimum: elementwise.Minimum!,
  Sign: elementwise.Sign!,
};

let opened: Engine | undefined;

/** Bytes of addresses that WebAssembly reserves for every memory, used or not. */
const RESERVED_BYTES = 10 * 2 ** 30;

/** Why WebAssembly does not start: with fewer addresses than it reserves, its memory cannot be made. */
function notStarted(): Fault {
  const where = "engine wasm";
  try {
    new WebAssembly.Memory({ initial: 1, maximum: 2 ** 15 });
  } catch (error) {
    return {
      where,
      given: `WebAssembly gets no memory: ${(error as Error).message}`,
      accepted: `${RESERVED_BYTES / 2 ** 30} GiB of address space for it, of which it uses little`,
      hint: "raise the limit (ulimit -v unlimited), or --engine tensorflow after metamd engine install",
    };
  }
  return {
    where,
    given: `WebAssembly does not start in Node ${process.version}`,
    hint: "take Node 20 or later, or --engine tensorflow after metamd engine install",
  };
}

/** Opens the embedded engine: tfjs's WASM backend from its npm package, with the kernels that training lacks there.
 *  Under Node the backend has one thread, whatever is asked for.
 *  @throws UserError (exit code 4) when WebAssembly does not start. */
export async function openWasm(): Promise<Engine> {
  const tf = loadTfjs();
  const require = createRequire(import.meta.url);
  const wasm = require("@tensorflow/tfjs-backend-wasm") as typeof Wasm;
  if (opened === undefined) {
    const entry = require.resolve("@tensorflow/tfjs-backend-wasm");
    wasm.setWasmPaths(join(dirname(entry), "/"));
    if (!(await refusingWarnings(() => tf.setBackend("wasm")))) {
      throw new UserError(EXIT.engine, notStarted());
    }
    refuseWhatIsFull((tf.backend() as WasmBackend).wasm);
    registerMatMul();
    registerFilterGradient();
    registerInputGradient();
    registerRelu();
    for (const name of Object.keys(REPLACED)) tf.unregisterKernel(name, "wasm");
    registerPlainOnHeap({ ...fusedKernels, ...matrixKernels, ...REPLACED });
    const versions = { "tfjs-core": tf.version_core, "tfjs-backend-wasm": wasm.version_wasm };
    const simd = (await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")) === true;
    const details = {
      name: "wasm",
      versions,
      precision: "float32",
      compiled: false,
      threads: 1,
      gpu: false,
      kernels: { instructions: simd ? "wasm-simd" : "wasm" },
    } as const;
    opened = { details, compile: eagerProgram };
  }
  await tf.setBackend("wasm");
  return opened;
}
