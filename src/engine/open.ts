import type { Engine, EngineName } from "./engine.js";

export interface EngineOptions {
  /** Processor threads; default: what the engine finds. */
  readonly threads?: number;
}

/** One line per engine. Each loads its own library, and only when it is opened. */
const ENGINES: Record<EngineName, (options: EngineOptions) => Promise<Engine>> = {
  tensorflow: async (options) => (await import("./backends/tensorflow/index.js")).openTensorflow(options),
  wasm: async (options) => (await import("./backends/wasm/index.js")).openWasm(options),
  reference: async () => (await import("./backends/reference/index.js")).openReference(),
};

/** Opens one engine by name and makes it the one that operations run on. */
export const openNamedEngine = (name: EngineName, options: EngineOptions = {}): Promise<Engine> =>
  ENGINES[name](options);
