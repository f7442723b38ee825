import { setTimeout } from "node:timers/promises";
import { UserError } from "../../core/errors.js";
import { peakBytes } from "../../core/memory.js";
import { watchOthers } from "../../core/processor.js";
import { SILENT, type ProgressReporter } from "../../core/progress.js";
import type { ResolvedConfig } from "../../config/load.js";
import { readingTime } from "../../data/index.js";
import type { Engine } from "../../engine/engine.js";
import type { Cell, Phase, Plan } from "../../records/plan.js";
import type { RunStore } from "../../records/store.js";
import type { Domains } from "./available-domains.js";
import { cellSteps } from "./cell-steps.js";
import { learningTrajectories, type LearningTrajectory } from "./learning-trajectories.js";
import { bytesOnDisk } from "./disk.js";
import { heldBytesOf, modelOf, pricesOf, type Price } from "./prices.js";
import type { RecordedPrices } from "./recorded-prices.js";

/** What a process takes to load the program and make its plan. Workers do so once the program has. */
const START_MILLISECONDS = 700;

export interface Estimate {
  readonly engine: string;
  readonly folder: string;
  /** Runs at the same time: never more than are left. */
  readonly jobs: number;
  /** What of this machine the runs at the same time have too little of, in a sentence; absent: nothing. */
  readonly overcommitted?: string;
  readonly phases: readonly {
    readonly phase: Phase;
    readonly runs: number;
    readonly done: number;
    readonly steps: number;
    readonly seconds: number;
  }[];
  /** What each process takes before and between its runs: it starts, compiles, and reads images. */
  readonly startSeconds: number;
  /** Of all that is not done. */
  readonly seconds: number;
  readonly bytes: number;
  /** Of one run at a time: what processes of recorded runs held at most; of others what this one held at most
   *  in the measurements, what a batch holds more where a part of one was measured, the images of a run that holds its own,
   *  and the longest trajectory of those below. 0 where all is done. */
  readonly memoryBytes: number;
  /** What meta-trainings to come keep of an inner run. */
  readonly trajectories: readonly LearningTrajectory[];
  /** Methods and variants whose largest matrices were not decomposed or inverted: their time is scaled from a smaller one's. */
  readonly scaled: readonly string[];
  /** Share of this machine's processors that others used while steps were timed, 0..1; 0 where none were, or too few to tell. */
  readonly usedByOthers: number;
}

/** What an estimate is made with. */
export interface EstimateOptions {
  /** Of the cells, opened. */
  readonly domains: Domains;
  readonly store: RunStore;
  readonly engine: Engine;
  /** Runs at the same time, at most. */
  readonly jobs: number;
  /** Processors, and bytes of memory, that they share. */
  readonly processors: number;
  readonly memoryOfMachine: number;
  /** What opening the engine took here. */
  readonly openingMilliseconds: number;
  /** What reading files for the plan takes, which the program does before its workers start. */
  readonly planningMilliseconds: number;
  readonly recorded: RecordedPrices;
  /** Measures how many times as long a step takes where so many runs have a processor at a time; absent: as long. */
  readonly crowding?: (together: number) => Promise<number>;
  /** Counts what is measured: large models take minutes. */
  readonly progress?: ProgressReporter | undefined;
}

/** Copies of held images while they are handed over. */
const COPIES = 2;
/** Seconds of an experiment that are worth measuring how runs slow each other down. */
const WORTH = 20;

/** What is left of a plan and what it costs: the prices of its runs, shared out over those that the processors can do at
 *  the same time, and no less than the runs that wait for each other take. Runs that diverge and searches that end early
 *  are taken for whole. */
export async function estimateOf(plan: Plan, config: ResolvedConfig, options: EstimateOptions): Promise<Estimate> {
  const { domains, store, engine } = options;
  const left = plan.cells.filter(({ id }) => !store.has(id));
  const jobs = Math.min(options.jobs, Math.max(1, left.length));
  const atATime = computedAtATime(jobs, options);
  const given = { ...options, config, jobs, atATime };
  const costs = await costsOf(left, given).finally(() => options.progress?.end());
  const phases = (["meta-train", "tune", "trial"] as const).map((phase) => {
    const runs = plan.cells.filter((cell) => cell.phase === phase).length;
    const own = left.filter((cell) => cell.phase === phase);
    return {
      phase,
      runs,
      done: runs - own.length,
      steps: own.reduce((sum, cell) => sum + cellSteps(config, cell, domains), 0),
      seconds: own.reduce((sum, { id }) => sum + costs.seconds.get(id)!, 0) / atATime,
    };
  });
  const toLearn = plan.cells.filter(({ id, phase }) => phase === "meta-train" && !store.has(id));
  const trajectories = toLearn
    .slice(0, 1)
    .flatMap((cell) => learningTrajectories(config, modelOf({ config, domains }, cell), engine.details.precision))
    .filter(({ id }) => toLearn.some(({ method }) => method === id));
  const shared = phases.reduce((sum, { seconds }) => sum + seconds, 0);
  const memoryBytes = Math.max(costs.recordedBytes, ownBytes(costs, trajectories, { config, ...options }));
  const overcommitted = left.length === 0 ? undefined : overcommitment(jobs, memoryBytes, options);
  return {
    engine: engine.details.name,
    folder: store.folder,
    jobs,
    ...(overcommitted !== undefined && { overcommitted }),
    phases,
    startSeconds: costs.startSeconds,
    seconds: costs.startSeconds + Math.max(longestChain(left, costs.seconds), shared),
    bytes: bytesOnDisk(left, config, domains, plan.cells),
    memoryBytes,
    trajectories,
    scaled: costs.scaled,
    usedByOthers: costs.usedByOthers,
  };
}

/** Runs that the processors can do at a time: each keeps as many busy as it has threads, on a GPU one. */
function computedAtATime(jobs: number, { engine, processors }: Pick<EstimateOptions, "engine" | "processors">): number {
  const { gpu, threads } = engine.details;
  return Math.min(jobs, Math.max(1, processors / (gpu ? 1 : threads)));
}

/** What of a machine so many runs at a time have too little of, in a sentence. @param memoryBytes of each. */
function overcommitment(
  jobs: number,
  memoryBytes: number,
  { engine, processors, memoryOfMachine }: EstimateOptions,
): string | undefined {
  const threads = jobs * engine.details.threads;
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
  const lacking = [
    ...(threads > processors ? [`${threads} threads on ${processors} processors`] : []),
    ...(jobs * memoryBytes > memoryOfMachine
      ? [`${gigabytes(jobs * memoryBytes)} GB of memory, where there are ${gigabytes(memoryOfMachine)}`]
      : []),
  ];
  if (lacking.length === 0) return undefined;
  return `${jobs} at a time are more than this machine has room for: ${lacking.join("; ")}`;
}

/** What this process holds for one of the runs whose price was measured. */
function ownBytes(
  { measured, bytesMore }: Pick<Costs, "measured" | "bytesMore">,
  trajectories: readonly LearningTrajectory[],
  ground: Parameters<typeof heldBytesOf>[0],
): number {
  if (measured.length === 0) return 0;
  const images = measured.map((cell) => (cell.phase === "meta-train" ? 0 : heldBytesOf(ground, cell)));
  const toLearn = measured.filter(({ phase }) => phase === "meta-train").map(({ method }) => method);
  const trajectory = trajectories.map(({ id, bytes }) => (toLearn.includes(id) ? bytes : 0));
  const longest = (bytes: readonly number[]): number => bytes.reduce((most, each) => Math.max(most, each), 0);
  return peakBytes() + bytesMore + COPIES * longest(images) + longest(trajectory);
}

/** What runs that are left cost. */
interface Costs {
  /** Of every run by its id. */
  readonly seconds: ReadonlyMap<string, number>;
  readonly startSeconds: number;
  readonly scaled: readonly string[];
  readonly usedByOthers: number;
  /** Cells whose price was measured, bytes that one of them holds more than what was measured, and what processes of the
   *  others held at most. */
  readonly measured: readonly Cell[];
  readonly bytesMore: number;
  readonly recordedBytes: number;
}

const NO_COSTS: Costs = {
  seconds: new Map(),
  startSeconds: 0,
  scaled: [],
  usedByOthers: 0,
  measured: [],
  bytesMore: 0,
  recordedBytes: 0,
};

/** Seconds of every run by its id, and of what a process takes besides. A process meets what several runs need with the
 *  probability that it has one of them. */
async function costsOf(
  left: readonly Cell[],
  {
    openingMilliseconds,
    planningMilliseconds,
    jobs,
    atATime,
    crowding = () => Promise.resolve(1),
    progress = SILENT,
    ...ground
  }: EstimateOptions & { readonly config: ResolvedConfig; readonly atATime: number },
): Promise<Costs> {
  if (left.length === 0) return NO_COSTS;
  const reading = readingOf(left, ground.domains);
  const seconds = new Map<string, number>();
  // All processes start at once.
  const waiting = Math.max(1, jobs / ground.processors);
  const once = new Map<string, { milliseconds: number; runs: number; share: number; isShared: boolean }>();
  const priceOf = shown(pricesOf({ ...ground, jobs }), left, progress);
  const alone: Cell[] = [];
  let [recordedBytes, bytesMore] = [0, 0];
  const scaled = new Set<string>();
  const byOthers = watchOthers();
  for (const cell of left) {
    const price = await priceOf(cell);
    seconds.set(cell.id, (price.run + price.step * cellSteps(ground.config, cell, ground.domains)) / 1000);
    if (price.recorded === undefined) alone.push(cell);
    else recordedBytes = Math.max(recordedBytes, price.recorded.memoryBytes);
    bytesMore = Math.max(bytesMore, price.bytesMore ?? 0);
    if (price.isScaled === true) scaled.add(cell.method);
    for (const { what, milliseconds, isShared = false } of price.once) {
      const runs = (once.get(what)?.runs ?? 0) + 1;
      once.set(what, { milliseconds, runs, isShared, share: isShared ? 1 : 1 - (1 - 1 / jobs) ** runs });
    }
  }
  const usedByOthers = alone.length > 0 ? byOthers() : 0;
  const toCrowd = alone.reduce((sum, { id }) => sum + seconds.get(id)!, 0) / atATime;
  const together = Math.floor(atATime);
  // Records are of runs beside others. What is measured beside this process has to fit.
  const fits = (1 + together) * (peakBytes() + bytesMore) <= ground.memoryOfMachine;
  const times = together > 1 && toCrowd > WORTH && fits ? await crowding(together).catch(() => 1) : 1;
  for (const { id } of alone) seconds.set(id, times * seconds.get(id)!);
  const met = [...once.values()].reduce(
    (sum, { milliseconds, share, isShared }) => sum + milliseconds * share * (isShared ? 1 : waiting),
    waiting * (START_MILLISECONDS + openingMilliseconds + reading) +
      (jobs > 1 ? START_MILLISECONDS + planningMilliseconds : 0),
  );
  return {
    seconds,
    startSeconds: met / 1000,
    scaled: [...scaled],
    usedByOthers,
    measured: alone,
    bytesMore,
    recordedBytes,
  };
}

/** Milliseconds that reading the files takes which runs need. */
function readingOf(left: readonly Cell[], domains: Domains): number {
  const trained = new Set(left.flatMap((cell) => (cell.phase === "meta-train" ? cell.metaTrain : [cell.holdout])));
  const tested = new Set(left.flatMap((cell) => (cell.phase === "trial" ? [cell.holdout] : [])));
  const read = (ids: Iterable<string>, split: "trainAll" | "test"): void => {
    for (const id of ids) {
      try {
        domains.get(id)!.readFiles(split);
      } catch (error) {
        // What is damaged is an error of the run.
        if (!(error instanceof UserError)) throw error;
      }
    }
  };
  return readingTime(() => {
    read(trained, "trainAll");
    read(tested, "test");
  });
}

/** Prices that say of which they are: runs of a kind have one. */
function shown(
  priceOf: (cell: Cell) => Promise<Price>,
  cells: readonly Cell[],
  progress: ProgressReporter,
): typeof priceOf {
  const kindOf = ({ method, phase }: Cell): string =>
    `${method}'s ${phase === "meta-train" ? "meta-training" : "steps"}`;
  const seen = new Set<string>();
  progress.begin("timing what runs cost", new Set(cells.map(kindOf)).size);
  return async (cell) => {
    const kind = kindOf(cell);
    if (!seen.has(kind)) {
      progress.at(seen.size, kind);
      seen.add(kind);
      // What draws gets a turn: measuring blocks.
      await setTimeout();
    }
    return priceOf(cell);
  };
}

/** Seconds of the runs of the longest chain in which each needs the one before. */
function longestChain(cells: readonly Cell[], seconds: ReadonlyMap<string, number>): number {
  const ends = new Map<string, number>();
  for (const { id, dependsOn } of cells) {
    const begin = dependsOn.reduce((latest, other) => Math.max(latest, ends.get(other) ?? 0), 0);
    ends.set(id, begin + seconds.get(id)!);
  }
  return [...ends.values()].reduce((longest, end) => Math.max(longest, end), 0);
}
