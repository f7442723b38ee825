// Tensor engines for programs: open one, and compute with the closed list of operations, eagerly or compiled.
export type { Engine, EngineDetails, EngineName, Program, ProgramDefinition } from "./engine.js";
export type { HostArray, TensorSpec } from "./host.js";
export { hostArray, tensorFrom, tidy } from "./memory.js";
export { openEngine } from "./open.js";
export * as ops from "./ops.js";
export type { Tensor } from "./ops.js";
