import { availableParallelism } from "node:os";
import { EXIT, UserError } from "../core/errors.js";
import { environment } from "../core/home.js";
import { memoryOfMachine } from "../core/memory.js";
import { findAddon } from "./backends/tensorflow/location.js";
import type { EngineName } from "./engine.js";
import { findGpus, hasNvidiaGpu, named, visibleGpus, type Gpu } from "./gpus.js";
import { whyNoGpu } from "./backends/tensorflow/why-no-gpu.js";

/** How a machine's processors are shared. */
export interface Share {
  /** Runs at the same time, each in a process of its own. */
  readonly jobs: number;
  /** Processor threads of each run's engine. */
  readonly threads: number;
  /** The GPU of each process, by its place; empty: none. */
  readonly gpus: readonly string[];
}

/** What of a share is asked for. */
export interface WantedShare {
  readonly jobs?: number | undefined;
  readonly threads?: number | undefined;
  /** The GPUs to be used, as CUDA_VISIBLE_DEVICES names them (default: all that are visible). */
  readonly gpus?: readonly string[] | undefined;
  /** Runs at the same time on each of them (default: as `runsOn` says of the smallest, never more than there are
   *  processors for). */
  readonly runsPerGpu?: number | undefined;
  /** How many runs share a GPU where nobody says so (default: one). */
  readonly runsOn?: (gpu: Gpu) => number;
}

/** Memory that a run may take before fewer of them are run at a time. */
const BYTES_PER_JOB = 2 * 2 ** 30;

/** Shares the processors out. Unless told otherwise: one run per processor with one thread each, which does the most
 *  work and gives the same numbers however many processors there are; with GPUs one run on each, and the processors shared
 *  out among these.
 *  @throws UserError (engine) for GPUs that are asked for and not here; (usage) where the engine uses none. */
export function processorShare(engine: EngineName | "auto", wanted: WantedShare): Share {
  const processors = processorsHere();
  const atLeastOne = (n: number): number => Math.max(1, Math.floor(n));
  const gpus = gpusFor(engine, wanted);
  if (wanted.jobs !== undefined || gpus.length > 0) {
    const jobs = wanted.jobs ?? gpus.length * (wanted.runsPerGpu ?? usualRuns(gpus, wanted));
    const threads = wanted.threads ?? atLeastOne(processors / jobs);
    return {
      jobs,
      threads,
      gpus: gpus.length === 0 ? [] : Array.from({ length: jobs }, (_, i) => gpus[i % gpus.length]!),
    };
  }
  const threads = wanted.threads ?? 1;
  const jobs = atLeastOne(Math.min(processors / threads, memoryOfMachine() / BYTES_PER_JOB));
  return { jobs, threads, gpus: [] };
}

/** Processors of this process: in a job of Slurm, which need not bind it to them, those that it was given. */
function processorsHere(): number {
  const given = Number(environment("SLURM_CPUS_ON_NODE"));
  return given >= 1 ? Math.min(given, availableParallelism()) : availableParallelism();
}

/** Runs on each of the GPUs where nobody says how many. */
function usualRuns(gpus: readonly string[], { runsOn = () => 1 }: WantedShare): number {
  const known = visibleGpus().filter(({ index }) => gpus.includes(index));
  // A part of a GPU, or one without nvidia-smi: nobody knows how large it is.
  if (known.length < gpus.length) return 1;
  const processors = Math.floor(processorsHere() / gpus.length);
  return Math.max(1, Math.min(processors, ...known.map(runsOn)));
}

/** GPUs that are there and that the driver does not name: parts of one, or all where nvidia-smi is missing. */
function unnamedGpus(): readonly string[] {
  const shown = environment("CUDA_VISIBLE_DEVICES")?.split(",");
  if (shown?.every((name) => name.startsWith("MIG-")) === true) return shown;
  return hasNvidiaGpu() && process.env.CUDA_VISIBLE_DEVICES === undefined ? ["0"] : [];
}

/** The GPUs that runs share, each once. */
function gpusFor(engine: EngineName | "auto", { gpus: wanted, runsPerGpu }: WantedShare): readonly string[] {
  const addon = findAddon();
  const isGpuBuild = engine !== "wasm" && engine !== "reference" && "build" in addon && addon.build === "gpu";
  const asked = wanted !== undefined ? "--gpus" : runsPerGpu !== undefined ? "--runs-per-gpu" : undefined;
  if (!isGpuBuild && asked === undefined) return [];
  const found = findGpus();
  const visible = visibleGpus(found);
  if (asked === undefined) return visible.length > 0 ? visible.map(({ index }) => index) : unnamedGpus();
  if (engine === "wasm" || engine === "reference")
    throw new UserError(EXIT.usage, {
      where: asked,
      given: `engine ${engine}, which uses no GPU`,
      accepted: "engine tensorflow",
      hint: `leave ${asked} or --engine out`,
    });
  if (!isGpuBuild || visible.length === 0) {
    const { reason, hint } = whyNoGpu(found, addon);
    throw new UserError(EXIT.engine, { where: asked, given: `no GPU: ${reason}`, hint });
  }
  const known = ({ index, uuid }: Gpu): boolean => wanted!.some((name) => name === index || name === uuid);
  const unknown = wanted?.find((name) => !visible.some(({ index, uuid }) => name === index || name === uuid));
  if (unknown !== undefined)
    throw new UserError(EXIT.engine, {
      where: "--gpus",
      given: unknown,
      accepted: named({ devices: visible }),
      hint: "metamd engine info lists them",
    });
  return (wanted === undefined ? visible : visible.filter(known)).map(({ index }) => index);
}
