import type * as Tfjs from "@tensorflow/tfjs-core";

let loaded: typeof Tfjs | undefined;

/** The loaded tfjs. @throws when no engine was opened. */
export function tfjs(): typeof Tfjs {
  if (loaded === undefined) throw new Error("no engine is open: call openEngine first");
  return loaded;
}

/** Loads tfjs once, without what makes it whole: engines call `loadTfjs`. @returns whether it was loaded now. */
export async function importTfjs(): Promise<boolean> {
  if (loaded !== undefined) return false;
  await import("@tensorflow/tfjs"); // registers the gradients, which tfjs-core's bundle for Node leaves out
  loaded = await import("@tensorflow/tfjs-core");
  return true;
}
