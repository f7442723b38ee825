import { eagerProgram } from "../../eager.js";
import type { Engine } from "../../engine.js";
import { loadTfjs } from "../../load-tfjs.js";
import { createBackend, registerPlain } from "./backend.js";
import { convolution } from "./convolution.js";
import { elementwise } from "./elementwise.js";
import { fusedKernels } from "./fused.js";
import { matrix } from "./matrix.js";
import { matrixKernels } from "./matrix-kernels.js";
import { reductions } from "./reductions.js";
import { shapes } from "./shapes.js";

const KERNELS = {
  ...elementwise,
  ...reductions,
  ...shapes,
  ...matrix,
  ...convolution,
  ...fusedKernels,
  ...matrixKernels,
};
let opened: Engine | undefined;

/** Opens the engine for exactness: double precision, one thread, operation by operation. */
export async function openReference(): Promise<Engine> {
  const tf = loadTfjs();
  if (opened === undefined) {
    tf.registerBackend("reference", () => createBackend(tf));
    registerPlain("reference", KERNELS);
    const versions = { "tfjs-core": tf.version_core };
    const details = {
      name: "reference",
      versions,
      precision: "float64",
      compiled: false,
      threads: 1,
      gpu: false,
    } as const;
    opened = { details, compile: eagerProgram };
  }
  await tf.setBackend("reference");
  return opened;
}
