import { availableParallelism } from "node:os";
import { EXIT, UserError } from "../../../core/errors.js";
import type { Engine, EngineOptions } from "../../engine.js";
import { tfjs } from "../../tfjs.js";
import { loadNative } from "./load.js";
import { findAddon } from "./location.js";
import { withTemporaryFile } from "./temporary.js";

let opened: Engine | undefined;

/** Opens the native engine. Thread count and GPU of the first call hold for the whole process.
 *  @throws UserError (exit code 4) when the engine is not installed, or there is no temporary folder. */
export async function openTensorflow({ threads = availableParallelism(), ...gpu }: EngineOptions): Promise<Engine> {
  if (opened === undefined) {
    const addon = findAddon();
    if ("missing" in addon) {
      throw new UserError(EXIT.engine, { where: "engine tensorflow", given: addon.missing, hint: addon.hint });
    }
    // Every program passes through it; better now than in the middle of a run.
    withTemporaryFile("probe", new Uint8Array(1), () => undefined);
    opened = await loadNative(addon.folder, threads, gpu);
  }
  await tfjs().setBackend("tensorflow");
  return opened;
}
