import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { packageRoot } from "../../../../core/files.js";
import { addonFolder } from "../addon.js";
import { STARTUP_SOURCE } from "../location.js";
import { runTool } from "./tools.js";

const require = createRequire(import.meta.url);

/** Arguments of the compiler for the two addons of a build.
 *  @param folder holds the unpacked wheels; the addons land there and find the libraries beside them. */
export function compileCommands(folder: string): string[][] {
  const addon = addonFolder();
  const { include_dir: napi } = require("node-api-headers") as { include_dir: string };
  const shared = ["-std=c++17", "-O2", "-fPIC", "-shared", "-DNAPI_VERSION=8", `-I${napi}`];
  const nvidia = join(folder, "nvidia");
  const packages = existsSync(nvidia) ? readdirSync(nvidia) : [];
  const searched = ["tensorflow", ...packages.map((name) => `nvidia/${name}/lib`)];
  return [
    [...shared, join(packageRoot(), STARTUP_SOURCE), "-o", join(folder, "startup.node")],
    [
      ...shared,
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
  ];
}

/** Runs one matrix product and one compiled step on a build, in a process of its own, so that a crash is only a message.
 *  @throws UserError (engine) with what that process said. */
export async function selfCheck(folder: string, signal: AbortSignal): Promise<void> {
  const module = new URL("self-check.js", import.meta.url).href;
  const script = `const { selfCheckHere } = await import(${JSON.stringify(module)}); await selfCheckHere(${JSON.stringify(folder)}).catch(({ message }) => { console.error(message); process.exitCode = 1; });`;
  await runTool(process.execPath, ["--input-type=module", "--eval", script], { signal });
}
