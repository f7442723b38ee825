import type * as Tfjs from "@tensorflow/tfjs-core";

let loaded: typeof Tfjs | undefined;

/** Loads tfjs once. Opening an engine calls it, so that commands without an engine start without tfjs. */
export async function loadTfjs(): Promise<typeof Tfjs> {
  if (loaded === undefined) {
    await import("@tensorflow/tfjs"); // registers the gradients, which tfjs-core's bundle for Node leaves out
    loaded = await import("@tensorflow/tfjs-core");
    (await import("./second-order.js")).registerGradients();
  }
  return loaded;
}

/** The loaded tfjs. @throws when no engine was opened. */
export function tfjs(): typeof Tfjs {
  if (loaded === undefined) throw new Error("no engine is open: call openEngine first");
  return loaded;
}
