import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { packageRoot } from "../../../../core/files.js";
import { addonFolder } from "../addon.js";
import { kernelsFile, KERNEL_MODULE, STARTUP_SOURCE } from "../location.js";
import { runTool } from "./tools.js";

const require = createRequire(import.meta.url);

const shared = (): string[] => {
  const { include_dir: napi } = require("node-api-headers") as { include_dir: string };
  return ["-std=c++17", "-O2", "-fPIC", "-shared", "-DNAPI_VERSION=8", `-I${napi}`];
};

/** Arguments of the compiler for the addons of a build.
 *  @param folder holds the unpacked wheels; the addons land there and find the libraries beside them. */
export function compileCommands(folder: string): string[][] {
  const addon = addonFolder();
  const nvidia = join(folder, "nvidia");
  const packages = existsSync(nvidia) ? readdirSync(nvidia) : [];
  const searched = ["tensorflow", ...packages.map((name) => `nvidia/${name}/lib`)];
  return [
    [...shared(), join(packageRoot(), STARTUP_SOURCE), "-o", join(folder, "startup.node")],
    [
      ...shared(),
      `-I${join(folder, "tensorflow", "include")}`,
      `-I${addon}`,
      join(addon, "binding", "tfjs_backend.cc"),
      join(addon, "binding", "tfjs_binding.cc"),
      `-L${join(folder, "tensorflow")}`,
      "-l:libtensorflow_cc.so.2",
      "-l:libtensorflow_framework.so.2",
      ...searched.map((path) => `-Wl,-rpath,$ORIGIN/${path}`),
      "-o",
      join(folder, "tfjs_binding.node"),
    ],
    ...kernelCommands(folder),
  ];
}

/** What the compiler is told by processor and by vector instructions, as `instructionSet` names them. */
const VECTORS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  x64: { avx512f: ["-mavx512f", "-mfma"], avx2: ["-mavx2", "-mfma"] },
  arm64: { arm64: [] },
};

/** Where a build has our own operations: a file for every kind of vector instructions, as it may go to another machine. */
export const kernelFiles = (folder: string): string[] =>
  Object.keys(VECTORS[process.arch] ?? {}).map((instructions) => kernelsFile(folder, instructions));

/** Arguments of the compiler for our own operations, which need no headers of TensorFlow. */
export function kernelCommands(folder: string): string[][] {
  return Object.entries(VECTORS[process.arch] ?? {}).map(([instructions, flags]) => [
    ...shared(),
    "-O3",
    "-fno-math-errno",
    "-pthread",
    // Its threads stay when the last thread of JavaScript that loaded it goes.
    "-Wl,-z,nodelete",
    ...flags,
    join(packageRoot(), KERNEL_MODULE),
    `-L${join(folder, "tensorflow")}`,
    "-l:libtensorflow_framework.so.2",
    "-Wl,-rpath,$ORIGIN/tensorflow",
    "-o",
    kernelsFile(folder, instructions),
  ]);
}

/** Runs one matrix product and one compiled step on a build, in a process of its own, so that a crash is only a message.
 *  @throws UserError (engine) with what that process said. */
export async function selfCheck(folder: string, signal: AbortSignal): Promise<void> {
  const module = new URL("self-check.js", import.meta.url).href;
  const script = `const { selfCheckHere } = await import(${JSON.stringify(module)}); await selfCheckHere(${JSON.stringify(folder)}).catch(({ message }) => { console.error(message); process.exitCode = 1; });`;
  await runTool(process.execPath, ["--input-type=module", "--eval", script], { signal });
}
