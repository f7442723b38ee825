import { findAddon, readInstallation } from "./backends/tensorflow/location.js";
import type { EngineDetails, EngineName, EngineOptions } from "./engine.js";
import { findGpus, type Gpu } from "./gpus.js";
import { whyNoGpu, type NoGpu } from "./backends/tensorflow/why-no-gpu.js";
import { openEngine, type Choice } from "./open.js";
import { mayBeNative } from "./share.js";

/** Which engine runs, and why not the others. */
export interface EngineInfo {
  readonly chosen: EngineDetails;
  readonly rejected: Choice["rejected"];
  /** Folder and size of the native engine; absent when it is not installed. */
  readonly native?: {
    readonly folder: string;
    readonly build: string;
    readonly bytes: number;
    readonly compiler: string;
  };
  /** The GPUs of this machine; without a size where the driver does not say. */
  readonly gpus: readonly Gpu[];
  /** Absent where one is used. */
  readonly noGpu?: NoGpu;
  readonly node: string;
}

/** Opens the engine of the user's choice to tell what it really is. */
export async function engineInfo(choice: EngineName | "auto", options: EngineOptions): Promise<EngineInfo> {
  const { engine, rejected } = await openEngine(choice, options);
  const addon = findAddon();
  const native =
    "missing" in addon
      ? undefined
      : (({ bytes, compiler }) => ({ ...addon, bytes, compiler }))(readInstallation(addon.folder));
  const gpus = findGpus();
  const noGpu = engine.details.gpu ? undefined : (usesNone(choice) ?? whyNoGpu(gpus, addon));
  const parts = { ...(native && { native }), ...(noGpu && { noGpu }) };
  return { chosen: engine.details, rejected, ...parts, gpus: gpus.devices, node: process.version };
}

/** Of an engine that was asked for, whatever the machine has. */
const usesNone = (choice: EngineName | "auto"): NoGpu | undefined =>
  mayBeNative(choice) ? undefined : { reason: `engine ${choice} uses none`, hint: "engine tensorflow can use one" };
