import { EXIT, MachineFault, UserError } from "../core/errors.js";
import { environment } from "../core/home.js";
import type { Engine, EngineName, EngineOptions } from "./engine.js";

/** One line per engine. Each loads its own library, and only when it is opened. */
const ENGINES: Record<EngineName, (options: EngineOptions) => Promise<Engine>> = {
  tensorflow: async (options) => (await import("./backends/tensorflow/index.js")).openTensorflow(options),
  wasm: async () => (await import("./backends/wasm/index.js")).openWasm(),
  reference: async () => (await import("./backends/reference/index.js")).openReference(),
};

/** Opens one engine by name and makes it the one that operations run on.
 *  @throws UserError (exit code 4) when it can't be had here. */
export const openNamedEngine = (name: EngineName, options: EngineOptions = {}): Promise<Engine> =>
  ENGINES[name](options);

/** What `auto` tries, in this order. */
const PREFERENCE: readonly EngineName[] = ["tensorflow", "wasm"];

/** An opened engine, and why those before it were not taken. */
export interface Choice {
  readonly engine: Engine;
  /** That a GPU which is here is not used, why, and what to do about it. */
  readonly unusedGpu?: string;
  readonly rejected: readonly { readonly name: EngineName; readonly reason: string; readonly hint?: string }[];
}

/** Opens the engine of the user's choice; `auto` takes the first that opens. */
export async function openEngine(choice: EngineName | "auto", options: EngineOptions = {}): Promise<Choice> {
  if (choice !== "auto") return { engine: await openNamedEngine(choice, options), rejected: [] };
  const rejected: Choice["rejected"][number][] = [];
  for (const name of PREFERENCE) {
    try {
      return { engine: await openNamedEngine(name, options), rejected };
    } catch (error) {
      if (error instanceof MachineFault) throw error;
      const fault = error instanceof UserError ? error.faults[0] : undefined;
      rejected.push({ name, reason: fault?.given ?? String(error), hint: fault?.hint });
    }
  }
  const reasons = rejected.map(({ name, reason }) => `${name}: ${reason}`).join("; ");
  throw new UserError(EXIT.engine, { where: "--engine auto", given: `no engine opens here (${reasons})` });
}

/** The same for runs, with the reason where a GPU that is here is not used.
 *  @param on hasGpu: whether the process has one of its own; askedWith: the option with which it was asked for, if it was.
 *  @throws UserError (engine) where one is asked for and the engine uses none. */
export async function openForRuns(
  choice: EngineName | "auto",
  options: EngineOptions,
  { hasGpu, askedWith }: { readonly hasGpu: boolean; readonly askedWith: string | undefined },
): Promise<Choice> {
  const opened = await openEngine(choice, options);
  const { gpu, name } = opened.engine.details;
  if (gpu || name !== "tensorflow") return opened;
  const { findGpus, hasNvidiaGpu, hidesAll } = await import("./gpus.js");
  if (!hasGpu && hidesAll()) return opened;
  const found = findGpus();
  if (!hasGpu && found.devices.length === 0 && !hasNvidiaGpu()) return opened;
  const { findAddon } = await import("./backends/tensorflow/location.js");
  const { whyNoGpu } = await import("./backends/tensorflow/why-no-gpu.js");
  const { reason, hint } = whyNoGpu(found, findAddon());
  const own = hasGpu ? environment("CUDA_VISIBLE_DEVICES") : undefined;
  const given = `${own === undefined ? "no GPU is used" : `GPU ${own} is not used`}: ${reason}`;
  if (!hasGpu || askedWith === undefined) return { ...opened, unusedGpu: `${given}; ${hint}` };
  throw new UserError(EXIT.engine, { where: askedWith, given, hint });
}
