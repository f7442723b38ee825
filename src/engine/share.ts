import { availableParallelism } from "node:os";
import { memoryOfMachine } from "../core/memory.js";
import { findAddon } from "./backends/tensorflow/location.js";
import type { EngineName } from "./engine.js";

/** How a machine's processors are shared. */
export interface Share {
  /** Runs at the same time, each in a process of its own. */
  readonly jobs: number;
  /** Processor threads of each run's engine. */
  readonly threads: number;
}

/** Memory that a run may take before fewer of them are run at a time. */
const BYTES_PER_JOB = 2 * 2 ** 30;

/** Shares the processors out. Unless told otherwise: one run per processor with one thread each, which does the most
 *  work and gives the same numbers however many processors there are; with a GPU, which runs would fight for, one run. */
export function processorShare(
  engine: EngineName | "auto",
  wanted: { readonly jobs?: number | undefined; readonly threads?: number | undefined },
): Share {
  const processors = availableParallelism();
  const atLeastOne = (n: number): number => Math.max(1, Math.floor(n));
  if (wanted.jobs !== undefined)
    return { jobs: wanted.jobs, threads: wanted.threads ?? atLeastOne(processors / wanted.jobs) };
  const addon = findAddon();
  if (engine !== "wasm" && engine !== "reference" && "build" in addon && addon.build === "gpu")
    return { jobs: 1, threads: wanted.threads ?? processors };
  const threads = wanted.threads ?? 1;
  return { jobs: atLeastOne(Math.min(processors / threads, memoryOfMachine() / BYTES_PER_JOB)), threads };
}
