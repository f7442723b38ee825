import { cpSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../src/core/files.js";

/** A results folder with finished runs, to write into. */
export const resultsCopy = (to: string): void =>
  cpSync(join(packageRoot(), "test", "fixtures", "results"), to, { recursive: true });
