import { EXIT, MachineFault, UserError } from "../core/errors.js";
import type { NoGpu } from "./backends/tensorflow/why-no-gpu.js";
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
  /** Why it uses no GPU, though one is its own. */
  readonly noGpu?: NoGpu;
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

/** The same for a process that has a GPU of its own. @param askedWith the option with which it was asked for, if it was.
 *  @throws UserError (engine) where one is asked for and the engine uses none. */
export async function openOnGpu(
  choice: EngineName | "auto",
  options: EngineOptions,
  askedWith: string | undefined,
): Promise<Choice> {
  const opened = await openEngine(choice, options);
  if (opened.engine.details.gpu) return opened;
  const { findAddon } = await import("./backends/tensorflow/location.js");
  const { whyNoGpu } = await import("./backends/tensorflow/why-no-gpu.js");
  const { findGpus } = await import("./gpus.js");
  const noGpu = whyNoGpu(findGpus(), findAddon());
  if (askedWith === undefined) return { ...opened, noGpu };
  throw new UserError(EXIT.engine, { where: askedWith, given: `no GPU is used: ${noGpu.reason}`, hint: noGpu.hint });
}
