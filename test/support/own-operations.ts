import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, vi } from "vitest";
import { findAddon } from "../../src/engine/backends/tensorflow/location.js";
import { start } from "./binary.js";

/** Has this process's native engine be the installed one with our own operations, as `engine install` adds them to one that
 *  was installed by an earlier program. Without a native engine it does nothing.
 *  @param folder where that engine is put. */
export async function withOwnOperations(folder: string): Promise<void> {
  const addon = findAddon();
  if ("missing" in addon) return;
  const copy = withoutOwnOperations(folder, addon.folder);
  const { code, stderr } = await start(folder, ["engine", "install", `--${addon.build}`], { METAMD_ENGINE_DIR: folder })
    .ended;
  expect(stderr).toContain("compiling metamd's own operations");
  expect(code, stderr).toBe(0);
  expect(readdirSync(folder)).toEqual([basename(copy)]);
  vi.stubEnv("METAMD_ENGINE_DIR", folder);
}

/** The installed native engine again, without our own operations. @param folder where that engine is put: METAMD_ENGINE_DIR.
 *  @param installed its folder. @returns that of the copy. */
export function withoutOwnOperations(folder: string, installed: string): string {
  const copy = join(folder, basename(installed));
  mkdirSync(copy, { recursive: true });
  const others = readdirSync(installed).filter((name) => !name.startsWith("kernels-"));
  for (const name of others) symlinkSync(join(installed, name), join(copy, name));
  return copy;
}
