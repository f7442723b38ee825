import { readdirSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../core/files.js";

/** Absolute paths of the config files that come with the program, sorted. */
export function shippedConfigs(): string[] {
  const folder = join(packageRoot(), "configs");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => join(folder, name));
}
