import { availableParallelism } from "node:os";
import type { ResolvedConfig } from "../../config/load.js";
import { rowOf } from "../../config/variants.js";
import { Interrupted } from "../../core/errors.js";
import { findAddon } from "../../engine/backends/tensorflow/location.js";
import type { Gpu } from "../../engine/gpus.js";
import { mayBeNative, processorShare, takesAllOfGpu, type Share } from "../../engine/share.js";
import { checkpointEngine } from "../../records/checkpoint.js";
import { memoryOfMachine, MEMORY_FOR_RUNS } from "../../core/memory.js";
import { byteSize, counted } from "../../core/wording.js";
import type { Cell } from "../../records/plan.js";
import type { RunRecord } from "../../records/record.js";
import type { RunStore } from "../../records/store.js";
import type { Computing, RunOptions } from "../options.js";
import type { Domains } from "./available-domains.js";
import { cellSteps, trainedOn } from "./cell-steps.js";
import { fastestThreads } from "./fastest-threads.js";
import { imageBytes } from "./large-sets.js";
import { leastBytes, learningBytes, usualBytes } from "./model-fit.js";
import { batchSizeOf, modelOf } from "./prices.js";
import { runBytes } from "./run-bytes.js";
import { runsPerGpu } from "./runs-per-gpu.js";
import type { Probed } from "./step-side.js";

/** Steps that are worth a probe of some seconds. */
const WORTH = 2000;

/** Of the memory that a run has: images of which more need not be known than that they take no more. */
const FEW = 0.1;

/** The runs that processors are shared out to. */
interface Shared {
  readonly config: ResolvedConfig;
  readonly cells: readonly Cell[];
  readonly store: RunStore;
  readonly domains: Domains;
}

/** Whether runs are probed, and who is told of it and stops it. */
type Probing = Pick<RunOptions, "submission" | "signal" | "onNotice">;

/** How the processors are shared: unless somebody says how many runs are computed at a time, no more than the memory has room
 *  for. Where that is one on the native engine without a GPU, and nobody says how many threads it takes: as many as the
 *  experiment's runs before it, whose numbers depend on the count; else, for so many steps that a probe is worth it, as many
 *  as its steps are fastest with. Where it is another count than that of the runs before, a notice says so. The tasks of a job
 *  array, which are on machines of several kinds, don't probe.
 *  @param computing its signal stops the probe. @throws as `processorShare`; Interrupted. */
export async function runShare(shared: Shared, computing: Computing & Probing): Promise<Share> {
  const { engine = "auto", threads, submission } = computing;
  const takesAll = takesAllOfGpu(shared.config.engine);
  const usual = processorShare(engine, { ...computing, takesAll, runsOn: (gpu) => runsOf(shared, gpu) });
  if (usual.idle !== undefined) computing.onNotice?.(idleGpus(usual.idle, usual.jobs));
  const isNative = mayBeNative(engine) && !("missing" in findAddon());
  const isAsked = computing.jobs !== undefined || usual.gpus.length > 0;
  const share = isNative && !isAsked && usual.jobs > 1 ? await fitting(usual, shared, computing) : usual;
  if (threads !== undefined && threads > share.threads)
    computing.onNotice?.(`${threads} threads are asked for, but only engine tensorflow has more than one`);
  if (!isNative || submission !== undefined || share.gpus.length > 0) return share;
  const begun = begunWith(shared);
  if (threads === undefined && share.jobs === 1)
    return { ...share, threads: begun ?? (await probed(shared, computing)) ?? share.threads };
  const { cells, store } = shared;
  if (begun !== undefined && begun !== share.threads && cells.some(({ id }) => !store.has(id)))
    computing.onNotice?.(otherThreads(begun, share.threads));
  return share;
}

/** The same share, or where so many runs have no room in the memory together, that of fewer. */
async function fitting(
  share: Share,
  { config, cells, store, domains }: Shared,
  computing: Computing & Probing,
): Promise<Share> {
  const left = cells.filter(({ id }) => !store.has(id));
  const [first] = left;
  if (first === undefined) return share;
  const memory = MEMORY_FOR_RUNS * memoryOfMachine();
  const room = memory / share.jobs;
  const model = modelOf({ config, domains }, first);
  const domain = domains.get(trainedOn(first))!;
  const learning = left.flatMap(({ phase, method }) =>
    phase === "meta-train" ? learningBytes(model, rowOf(config, method).learning!) : [],
  );
  const held = imageBytes(domain, FEW * room) + Math.max(usualBytes(model, config, domain), ...learning);
  const stepped = probedOf(config, first, domains);
  const bytes = await runBytes(stepped, held, room, computing.signal).catch(unlessInterrupted);
  if (bytes === undefined) return share;
  const jobs = Math.max(1, Math.floor(memory / bytes));
  const most = `one may hold ${byteSize(bytes)} of memory`;
  computing.onNotice?.(`${counted(jobs, "run")} at a time, not ${share.jobs}: ${most}; --jobs says otherwise`);
  return processorShare(computing.engine ?? "auto", { ...computing, jobs });
}

/** What cannot be found out is not known. @throws Interrupted. */
function unlessInterrupted(error: unknown): undefined {
  if (error instanceof Interrupted) throw error;
  return undefined;
}

const otherThreads = (begun: number, threads: number): string =>
  `runs of this experiment were computed with ${counted(begun, "thread")}, and these are with ${threads}: the last digits ` +
  `of their numbers hang on it, and tables say so; --jobs 1 --threads ${begun} goes on as before`;

const idleGpus = (idle: readonly string[], jobs: number): string =>
  `GPU ${idle.join(", ")} of --gpus will be idle: --jobs ${jobs} has ${counted(jobs, "run")} at a time; --jobs ` +
  `${jobs + idle.length} has one on each`;

/** Runs on a GPU at the same time, by the first that is left: those of an experiment are alike. */
function runsOf({ config, cells, store, domains }: Shared, gpu: Gpu): number {
  const first = cells.find(({ id }) => !store.has(id));
  if (first === undefined) return 1;
  return runsPerGpu(probedOf(config, first, domains), modelOf({ config, domains }, first), gpu);
}

/** The threads of the experiment's runs so far, finished or not. */
function begunWith({ cells, store }: Shared): number | undefined {
  for (const { id } of cells) {
    if (!store.has(id)) continue;
    const { engine } = store.read(id);
    if (isAlike(engine)) return engine.threads;
  }
  for (const { id } of cells) {
    const engine = checkpointEngine(store.checkpointFolder(id));
    if (engine !== undefined && isAlike(engine)) return engine.threads;
  }
  return undefined;
}

/** Whether it is the native engine without a GPU, on no more processors than this machine has. */
const isAlike = ({ name, gpu, threads }: Pick<RunRecord["engine"], "name" | "gpu" | "threads">): boolean =>
  name === "tensorflow" && !gpu && threads <= availableParallelism();

async function probed({ config, cells, store, domains }: Shared, watch: Probing): Promise<number | undefined> {
  const left = cells.filter(({ id }) => !store.has(id));
  const steps = left.reduce((sum, cell) => sum + cellSteps(config, cell, domains), 0);
  const [first] = left;
  if (first === undefined || steps < WORTH) return undefined;
  // Two processes are timed in turns.
  const least = leastBytes(modelOf({ config, domains }, first), config, domains.get(trainedOn(first))!);
  if (2 * least > memoryOfMachine() / 2) return undefined;
  return fastestThreads(probedOf(config, first, domains), watch).catch(unlessInterrupted);
}

/** The steps of a cell, as they are probed. */
export function probedOf(config: ResolvedConfig, cell: Cell, domains: Domains): Probed {
  const { height, width, channels, classes } = domains.get(trainedOn(cell))!;
  const { model, pluginFiles } = config;
  const batchSize = batchSizeOf({ config, domains }, cell);
  return { model, input: [height, width, channels], classes, batchSize, pluginFiles };
}
