import { availableParallelism } from "node:os";
import { EXIT, UserError } from "../core/errors.js";
import { environment } from "../core/home.js";
import { memoryOfMachine } from "../core/memory.js";
import { findAddon } from "./backends/tensorflow/location.js";
import type { EngineName, EngineSwitches } from "./engine.js";
import { findGpus, gpuOf, hasNvidiaGpu, hasNvidiaSmi, named, visibleGpus, type Gpu, type Gpus } from "./gpus.js";
import { oldDriver, whyNoGpu } from "./backends/tensorflow/why-no-gpu.js";

/** How a machine's processors are shared. */
export interface Share {
  /** Runs at the same time, each in a process of its own. */
  readonly jobs: number;
  /** Processor threads of each run's engine. */
  readonly threads: number;
  /** The GPU of each process, by its place; empty: none. */
  readonly gpus: readonly string[];
  /** GPUs that were asked for by name, and that no process is left for. */
  readonly idle?: readonly string[];
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
  /** Whether a run takes all of its GPU's memory: none can run beside it there. */
  readonly takesAll?: boolean;
}

/** Memory that a run may take before fewer of them are run at a time. */
const BYTES_PER_JOB = 2 * 2 ** 30;

/** Shares the processors out. Unless told otherwise: one run per processor with one thread each, which does the most
 *  work and gives the same numbers however many processors there are; with GPUs one run on each, and the processors shared
 *  out among these.
 *  @throws UserError (engine) for GPUs that are asked for and not here; (usage) where the engine uses none, for more runs
 *  on a GPU than fit there, and for two numbers of runs. */
export function processorShare(engine: EngineName | "auto", wanted: WantedShare): Share {
  checkWanted(engine, wanted);
  const processors = processorsHere();
  const atLeastOne = (n: number): number => Math.max(1, Math.floor(n));
  const gpus = gpusFor(engine, wanted);
  const threadsAtMost = hasThreads(engine) ? Infinity : 1;
  if (wanted.jobs !== undefined || gpus.length > 0) {
    const jobs = wanted.jobs ?? gpus.length * (wanted.runsPerGpu ?? usualRuns(gpus, wanted));
    if (wanted.takesAll === true && gpus.length > 0 && jobs > gpus.length)
      throw tooMany("--jobs", `${jobs} runs at the same time on GPU ${gpus.join(", ")}`);
    const threads = Math.min(threadsAtMost, wanted.threads ?? atLeastOne(processors / jobs));
    const ofRuns = gpus.length === 0 ? [] : Array.from({ length: jobs }, (_, i) => gpus[i % gpus.length]!);
    const idle = wanted.gpus === undefined ? [] : gpus.slice(jobs);
    return { jobs, threads, gpus: ofRuns, ...(idle.length > 0 && { idle }) };
  }
  const threads = Math.min(threadsAtMost, wanted.threads ?? 1);
  const jobs = atLeastOne(Math.min(processors / threads, memoryOfMachine() / BYTES_PER_JOB));
  return { jobs, threads, gpus: [] };
}

/** @throws UserError (usage) for two numbers of runs, for GPUs where the engine uses none, and for several runs on each where
 *  one takes all of it. */
export function checkWanted(engine: EngineName | "auto", { jobs, gpus, runsPerGpu, takesAll }: WantedShare): void {
  const asked = askedWith({ gpus, runsPerGpu });
  if (asked !== undefined) refuseWithoutGpu(engine, asked);
  if (jobs !== undefined && runsPerGpu !== undefined)
    throw new UserError(EXIT.usage, {
      where: "--jobs",
      given: `${jobs} in all, with --runs-per-gpu ${runsPerGpu}`,
      accepted: "one of them: the runs at the same time in all, or on each GPU",
      hint: "leave --jobs or --runs-per-gpu out",
    });
  if (takesAll === true && runsPerGpu !== undefined && runsPerGpu > 1)
    throw tooMany("--runs-per-gpu", `${runsPerGpu} runs at the same time on each GPU`);
}

/** Whether an engine is the native one, which alone uses GPUs, or may be: `auto`. */
export const mayBeNative = (engine: EngineName | "auto"): boolean => engine === "auto" || engine === "tensorflow";

/** Whether a run takes all of its GPU's memory. */
export const takesAllOfGpu = (switches: EngineSwitches | undefined): boolean => switches?.gpuMemoryGrowth === false;

/** @param where what asks for GPUs. @param key of it, to be left out. @throws UserError (usage) where the engine uses none. */
export function refuseWithoutGpu(engine: EngineName | "auto", where: string, key = where): void {
  if (mayBeNative(engine)) return;
  throw new UserError(EXIT.usage, {
    where,
    given: `GPUs for engine ${engine}, which uses none`,
    accepted: "engine tensorflow",
    hint: `leave ${key} or --engine out`,
  });
}

/** The option that asks for GPUs. */
export const askedWith = ({ gpus, runsPerGpu }: Pick<WantedShare, "gpus" | "runsPerGpu">): string | undefined =>
  gpus !== undefined ? "--gpus" : runsPerGpu !== undefined ? "--runs-per-gpu" : undefined;

function tooMany(where: string, runs: string): UserError {
  return new UserError(EXIT.usage, {
    where,
    given: `${runs}, with engine.gpuMemoryGrowth: false`,
    accepted: "one run on each GPU, which takes all of its memory",
    hint: "leave engine.gpuMemoryGrowth out, or ask for fewer runs",
  });
}

/** Whether an engine has threads of its own: only the native one, which `auto` takes where it is installed. */
const hasThreads = (engine: EngineName | "auto"): boolean =>
  engine === "tensorflow" || (engine === "auto" && !("missing" in findAddon()));

/** Processors of this process: in a job of Slurm, which need not bind it to them, those that it was given. */
export function processorsHere(): number {
  const given = Number(environment("SLURM_CPUS_ON_NODE"));
  return given >= 1 ? Math.min(given, availableParallelism()) : availableParallelism();
}

/** Runs on each of the GPUs where nobody says how many. */
function usualRuns(gpus: readonly string[], { runsOn = () => 1, takesAll }: WantedShare): number {
  if (takesAll === true) return 1;
  const known = visibleGpus().filter(({ index }) => gpus.includes(index));
  // A part of a GPU, or one without nvidia-smi: nobody knows how large it is.
  if (known.length < gpus.length) return 1;
  const processors = Math.floor(processorsHere() / gpus.length);
  return Math.max(1, Math.min(processors, ...known.map(runsOn)));
}

/** GPUs that are there and that the driver does not name: parts of one, or all where nvidia-smi is missing or fails. */
function unnamedGpus({ problem }: Gpus): readonly string[] {
  const shown = process.env.CUDA_VISIBLE_DEVICES;
  if (shown === undefined) return hasNvidiaGpu() ? ["0"] : [];
  const names = shown.split(",").map((name) => name.trim());
  const end = names.findIndex((name) => !/^(\d+|(GPU|MIG)-.+)$/.test(name));
  const given = [...new Set(end < 0 ? names : names.slice(0, end))];
  const areParts = given.every((name) => name.startsWith("MIG-"));
  return areParts || (problem !== undefined && (hasNvidiaGpu() || hasNvidiaSmi())) ? given : [];
}

/** The GPUs that runs share, each once. */
function gpusFor(engine: EngineName | "auto", { gpus: wanted, runsPerGpu }: WantedShare): readonly string[] {
  const addon = findAddon();
  const isGpuBuild = mayBeNative(engine) && "build" in addon && addon.build === "gpu";
  const asked = askedWith({ gpus: wanted, runsPerGpu });
  if (!isGpuBuild && asked === undefined) return [];
  const found = findGpus();
  const visible = visibleGpus(found);
  const here = visible.length > 0 ? visible.map(({ index }) => index) : unnamedGpus(found);
  // What no run could use decides nothing.
  if (asked === undefined) return oldDriver(found) === undefined ? here : [];
  if (!isGpuBuild || here.length === 0) {
    const { reason, hint } = whyNoGpu(found, addon);
    throw new UserError(EXIT.engine, { where: asked, given: `no GPU: ${reason}`, hint });
  }
  if (wanted === undefined) return here;
  const numberOf = (name: string): string | undefined => gpuOf(name, visible)?.index ?? namedBy(name, here);
  const unknown = wanted.find((name) => numberOf(name) === undefined);
  if (unknown !== undefined)
    throw new UserError(EXIT.engine, {
      where: "--gpus",
      given: unknown,
      accepted: visible.length > 0 ? named({ devices: visible }) : here.join(", "),
      hint: "metamd engine info lists them",
    });
  const chosen = new Set(wanted.map(numberOf));
  return here.filter((name) => chosen.has(name));
}

/** The GPU of a name that the driver does not tell of: a number, or as much of a UUID as no other begins with. */
function namedBy(name: string, names: readonly string[]): string | undefined {
  const fitting = names.filter((own) => own === name || (/^(GPU|MIG)-./.test(name) && own.startsWith(name)));
  return fitting.length === 1 ? fitting[0] : undefined;
}
