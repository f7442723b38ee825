import { createRequire } from "node:module";
import type * as Tfjs from "@tensorflow/tfjs-core";

// Imported, a module of this kind and size is parsed once more for its names: 0.1 s of every process.
const require = createRequire(import.meta.url);
let loaded: typeof Tfjs | undefined;

/** The loaded tfjs. @throws when no engine was opened. */
export function tfjs(): typeof Tfjs {
  if (loaded === undefined) throw new Error("no engine is open: call openEngine first");
  return loaded;
}

/** Loads tfjs once, without what makes it whole: engines call `loadTfjs`. @returns whether it was loaded now. */
export function importTfjs(): boolean {
  if (loaded !== undefined) return false;
  require("@tensorflow/tfjs"); // registers the gradients, which tfjs-core's bundle for Node leaves out
  loaded = require("@tensorflow/tfjs-core") as typeof Tfjs;
  return true;
}
