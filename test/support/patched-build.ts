import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../src/core/files.js";

/** Constants of a built file, by the text that sets them, and what they are instead. */
export type Patches = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Makes a copy of the built program with other constants, so that what takes minutes can be tried.
 *  @param folder that must not be there yet. @returns the path of its program. */
export function patchedBuild(folder: string, patches: Patches): string {
  const root = packageRoot();
  mkdirSync(folder, { recursive: true });
  for (const name of ["dist", "configs", "package.json"])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  mkdirSync(join(folder, "datasets"));
  cpSync(join(root, "datasets", "manifest.yaml"), join(folder, "datasets", "manifest.yaml"));
  const sources = join("src", "engine", "backends", "tensorflow", "install");
  for (const name of ["startup.cc", "kernels"])
    cpSync(join(root, sources, name), join(folder, sources, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const [file, changes] of Object.entries(patches)) {
    const path = join(folder, "dist", "src", file);
    let text = readFileSync(path, "utf8");
    for (const [from, to] of Object.entries(changes)) {
      if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
      text = text.replace(from, to);
    }
    writeFileSync(path, text);
  }
  return join(folder, "dist", "bin", "metamd.js");
}

/** A program that writes checkpoints often: where one is, a run is under way. */
export const SAVING: Patches = {
  "runs/cell/run-training.js": { "CHECKPOINT_SECONDS = 30": "CHECKPOINT_SECONDS = 0.1" },
  "runs/cell/run-meta-training.js": { "CHECKPOINT_SECONDS = 10": "CHECKPOINT_SECONDS = 0.1" },
};

/** The checkpoints of the runs that are under way below a results folder. */
export function checkpoints(results: string): string[] {
  const names = existsSync(results) ? readdirSync(results, { recursive: true, encoding: "utf8" }) : [];
  return names.filter((name) => name.endsWith("checkpoint/progress.json"));
}

/** One that also takes silent processes for dead after a few seconds. */
export const HASTY: Patches = {
  "core/heartbeat.js": { "BEAT_SECONDS = 15": "BEAT_SECONDS = 0.3", "DEAD_SECONDS = 90": "DEAD_SECONDS = 3" },
  ...SAVING,
};
