import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../core/files.js";
import { cacheHome, folderVariable } from "../../../core/home.js";
import { contentId } from "../../../core/hash.js";
import { TENSORFLOW_VERSION, WHEELS } from "./pins.js";

export type Build = "cpu" | "gpu";

/** Where an installed native engine lies. */
export interface Addon {
  readonly folder: string;
  readonly build: Build;
}

export interface Missing {
  readonly missing: string;
  readonly hint: string;
}

/** What an installation says of itself; written last, so that its presence means it is whole. */
export interface Installation {
  readonly tensorflow: string;
  readonly build: Build;
  readonly compiler: string;
  readonly bytes: number;
}
export const INSTALLATION_FILE = "install.json";
export const STARTUP_SOURCE = "src/engine/backends/tensorflow/install/startup.cc";

/** Folder of all native engines: METAMD_ENGINE_DIR, else the user's cache folder. */
function engineFolder(): string {
  return folderVariable("METAMD_ENGINE_DIR") ?? join(cacheHome(), "metamd", "engine");
}

/** Folder of one build: its name changes with everything that it is made from, so an outdated one is never loaded. */
export function buildFolder(build: Build): string {
  const startup = readFileSync(join(packageRoot(), STARTUP_SOURCE), "utf8");
  const made = contentId([WHEELS[build][process.arch] ?? [], startup]).slice(0, 8);
  return join(engineFolder(), `tensorflow-${TENSORFLOW_VERSION}-${build}-napi8-${made}`);
}

/** Sources of our own operations: the module, and what it includes. */
const KERNEL_FOLDER = "src/engine/backends/tensorflow/install/kernels";
export const KERNEL_MODULE = `${KERNEL_FOLDER}/module.cc`;

/** File of our own operations in a build, for machines with these vector instructions. Its name changes with the sources,
 *  so outdated ones are never loaded; a build without it computes the same of TensorFlow's operations. */
export function kernelsFile(folder: string, instructions: string): string {
  const sources = join(packageRoot(), KERNEL_FOLDER);
  const texts = readdirSync(sources)
    .sort()
    .map((name) => readFileSync(join(sources, name), "utf8"));
  return join(folder, `kernels-${instructions}-${contentId(texts).slice(0, 8)}.node`);
}

/** Finds the installed engine; the GPU build comes first. */
export function findAddon(): Addon | Missing {
  for (const build of ["gpu", "cpu"] as const) {
    const folder = buildFolder(build);
    if (existsSync(join(folder, INSTALLATION_FILE))) return { folder, build };
  }
  return { missing: "the native engine is not installed", hint: "metamd engine install" };
}

/** What an installed engine says of itself. */
export const readInstallation = (folder: string): Installation =>
  JSON.parse(readFileSync(join(folder, INSTALLATION_FILE), "utf8")) as Installation;
