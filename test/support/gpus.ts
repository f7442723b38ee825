import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { vi } from "vitest";
import {
  buildFolder,
  findAddon,
  INSTALLATION_FILE,
  type Build,
} from "../../src/engine/backends/tensorflow/location.js";
import { missing } from "./require.js";

/** What nvidia-smi says of two GPUs. */
export const TWO = "0, GPU-aaaa, NVIDIA A100, 550.54.15, 40960\n1, GPU-bbbb, NVIDIA A100, 550.54.15, 40960\n";

/** Has this machine seem to have GPUs: an nvidia-smi that prints this. @param code that it ends with. */
export function seemingGpus(folder: string, says: string, code = 0): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "says"), says);
  seemingNvidiaSmi(folder, `cat '${join(folder, "says")}'\nexit ${code}`);
}

/** Has nvidia-smi seem to be a script of the shell. @param mode of its file. */
export function seemingNvidiaSmi(folder: string, script: string, mode = 0o755): void {
  mkdirSync(folder, { recursive: true });
  const program = join(folder, "nvidia-smi");
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, mode);
  vi.stubEnv("PATH", `${folder}:${process.env.PATH}`);
}

/** Has a build seem to be installed, without anything in it. @returns its folder. */
export function seemingBuild(folder: string, build: Build): string {
  vi.stubEnv("METAMD_ENGINE_DIR", folder);
  const installed = buildFolder(build);
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, INSTALLATION_FILE), "{}");
  return installed;
}

/** Has the build that is installed pass for the CUDA build: it computes on the processor, and runs are shared out as if it
 *  had GPUs. @returns undefined where none is installed. */
export function seemingCuda(folder: string): true | undefined {
  const addon = findAddon();
  if ("missing" in addon) return missing(`engine tensorflow: ${addon.missing}`);
  mkdirSync(folder, { recursive: true });
  vi.stubEnv("METAMD_ENGINE_DIR", folder);
  symlinkSync(addon.folder, buildFolder("gpu"));
  return true;
}

/** Has TensorFlow say in programs that are started now that it uses a GPU. @returns their NODE_OPTIONS. */
export function seemingUse(folder: string, uses = "true"): string {
  const file = join(folder, "uses-a-gpu.cjs");
  writeFileSync(
    file,
    `const Module = require("node:module");
const load = Module._load;
Module._load = function (request, ...rest) {
  const loaded = load.call(this, request, ...rest);
  if (!String(request).endsWith("tfjs_binding.node")) return loaded;
  const isUsed = () => ${uses};
  return Object.create(loaded, { isUsingGpuDevice: { value: isUsed } });
};
`,
  );
  return `--require ${file}`;
}
