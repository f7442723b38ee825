import { availableParallelism } from "node:os";
import { median } from "../../core/averages.js";
import { milliseconds } from "../../core/clock.js";
import { stepsOf } from "../../config/length.js";
import type { ResolvedConfig } from "../../config/load.js";
import { rowOf } from "../../config/variants.js";
import { batchesPerEpoch, isPreparedAhead, type SplitName } from "../../data/index.js";
import type { Engine } from "../../engine/engine.js";
import { LEARNERS } from "../../meta/index.js";
import { learningPrice } from "../../meta/shared/learning-probe.js";
import { initialise } from "../../models/initialise.js";
import { createModel } from "../../models/index.js";
import { everyParameter, type Model } from "../../models/model.js";
import type { Cell, MetaTrainCell, TrialCell, TuneCell } from "../../records/plan.js";
import { evaluator } from "../../training/evaluate.js";
import { areHeld, chunkOf, chunkSizes, heldBytes, imageBatches, imageChunks } from "../../training/images.js";
import { gradientBytes, gradientProbe } from "../../training/step-probe.js";
import { supervised } from "../../training/supervised.js";
import type { Domains } from "./available-domains.js";
import { augmentationOf, cellLength, cellSteps, evaluationsIn, SPLITS, trainedOn } from "./cell-steps.js";
import { madeUpRecipe, madeUpSplit, madeUpTask } from "./made-up.js";
import { meanStep } from "./mean-step.js";
import { ENOUGH, probedImages, probePatience } from "./probe-bounds.js";
import type { RecordedPrice, RecordedPrices } from "./recorded-prices.js";
import { scaledProbe } from "./scaled-probe.js";

/** What a run costs, in milliseconds of one of the processes that run at a time. */
export interface Price {
  /** A step of training or a gradient of meta-training, with its batch. */
  readonly step: number;
  /** What a run takes besides. */
  readonly run: number;
  /** By records of runs that had others beside them, if there were any: what their processes held of memory at most.
   *  Undefined: as a process alone takes. */
  readonly recorded?: { readonly memoryBytes: number };
  /** Bytes that it holds more than what was measured of it, where that was a part of a batch; absent: none. */
  readonly bytesMore?: number;
  /** Whether large matrices were not decomposed or inverted, and the time of that follows from a smaller one's. */
  readonly isScaled?: boolean;
  /** What a process takes before the first run that needs it. */
  readonly once: readonly Once[];
}

/** A program that is compiled, or images that are read. */
interface Once {
  readonly what: string;
  readonly milliseconds: number;
  /** Done once for all processes, with all processors; absent: by every one that needs it. */
  readonly isShared?: true;
}

/** What prices are asked for with. */
export interface Ground {
  readonly config: ResolvedConfig;
  /** Of the cells, opened. */
  readonly domains: Domains;
  readonly engine: Engine;
  /** Processes at a time. */
  readonly jobs: number;
  readonly recorded: RecordedPrices;
}

/** What a run takes for its order of batches and its files. */
const FILES_MILLISECONDS = 7;
/** Batches that are timed, at most, and those of them that only warm up. */
const BATCHES = { most: 20, warming: 5 };
/** Evaluations of a chunk that are timed, at most. */
const EVALUATIONS = 5;

/** Gives the prices of cells: those that records of this machine have, else such as are measured now, on made-up images.
 *  What was measured for a row holds for all of its cells: domains of an experiment are alike. */
export function pricesOf(ground: Ground): (cell: Cell) => Promise<Price> {
  const patience = probePatience();
  const once = measuredOnce();
  const decoding = async (domain: string, split: SplitName): Promise<Once> => {
    // A split of training images is one of "trainAll".
    const decoded = split === "test" ? split : "trainAll";
    const what = `decode ${domain}, ${decoded}`;
    const milliseconds = await once(what, () => ground.domains.get(domain)!.decodingTime(decoded));
    return { what, milliseconds, isShared: true };
  };
  const images = async (cell: Cell, ...splits: (readonly [string, SplitName])[]): Promise<Once[]> => {
    const each = await once("image", () => readingPrice(ground, trainedOn(cell)));
    const read = splits.map(([domain, split]) => ({
      what: `${domain}, ${split}`,
      milliseconds: each * imagesOf(ground, domain, split),
    }));
    return [...read, ...(await Promise.all(splits.map(([domain, split]) => decoding(domain, split))))];
  };
  const shownBatch = async (cell: Cell): Promise<ShownBatch> => {
    const evaluation = await once("evaluate", () => measureEvaluation(ground, cell));
    const key = `batch ${batchSizeOf(ground, cell)}`;
    return once(key, () => Promise.resolve(shownBatchOf(ground, cell, evaluation.image)));
  };
  const learning = async (cell: MetaTrainCell): Promise<Price> => {
    const shown = await shownBatch(cell);
    const price = await once(`learn ${cell.method}, ${shown.batchSize}`, () =>
      measureLearning(ground, cell, shown, patience.ofLearning()),
    );
    return {
      ...price,
      bytesMore: shown.bytesMore,
      once: await images(cell, ...cell.metaTrain.map((domain) => [domain, "trainAll"] as const)),
    };
  };
  const training = async (cell: TuneCell | TrialCell): Promise<Price> => {
    const { trained, judged } = SPLITS[cell.phase];
    const shown = await shownBatch(cell);
    const price = await once(`train ${cell.method}, ${shown.batchSize}`, () =>
      measureTraining(ground, cell, shown, patience.ofSteps()),
    );
    const waiting = await once(`wait ${shown.batchSize}`, () => Promise.resolve(batchPrice(ground, cell)));
    const evaluation = await once("evaluate", () => measureEvaluation(ground, cell));
    return {
      isScaled: price.isScaled ?? false,
      bytesMore: shown.bytesMore,
      step: price.step + waiting,
      run: price.run + judgedImages(ground, cell) * evaluation.image,
      once: [
        { what: cell.method, milliseconds: price.compiling },
        { what: "evaluation", milliseconds: evaluation.compiling },
        ...(await images(cell, [cell.holdout, trained], [cell.holdout, judged])),
      ],
    };
  };
  return async (cell) => {
    const recorded = ground.recorded(cell, cellSteps(ground.config, cell, ground.domains));
    if (recorded !== undefined) return priceByRecords(ground, cell, recorded);
    return cell.phase === "meta-train" ? learning(cell) : training(cell);
  };
}

/** Measures what has a key, and knows it from then on. */
function measuredOnce(): <Value>(key: string, measure: () => Promise<Value>) => Promise<Value> {
  const measured = new Map<string, Promise<unknown>>();
  return <Value>(key: string, measure: () => Promise<Value>): Promise<Value> => {
    if (!measured.has(key)) measured.set(key, measure());
    return measured.get(key) as Promise<Value>;
  };
}

function priceByRecords(ground: Ground, cell: Cell, recorded: RecordedPrice): Price {
  const { step, rest, image } = recorded;
  const judging = cell.phase === "meta-train" ? 0 : judgedImages(ground, cell) * image;
  return { step, run: rest + judging, recorded, once: [] };
}

const imagesOf = ({ domains }: Ground, domain: string, split: SplitName): number =>
  domains.get(domain)!.expected(split);

/** Images of a batch of a cell's steps: a set that is smaller than a batch is one. */
export function batchSizeOf({ config, domains }: Pick<Ground, "config" | "domains">, cell: Cell): number {
  const { batchSize } = config.training;
  const domain = domains.get(trainedOn(cell))!;
  if (cell.phase !== "meta-train") return Math.min(batchSize, Math.max(1, domain.expected(SPLITS[cell.phase].trained)));
  const { method } = rowOf(config, cell.method).learning!;
  const shown = (config.suite.classesPerTask ?? domain.classes) / domain.classes;
  const images = (LEARNERS.of(method).holdsOut ? 0.9 : 1) * shown * domain.expected("trainAll");
  return Math.min(batchSize, Math.max(1, Math.round(images)));
}

/** The model of a cell. */
export function modelOf({ config, domains }: Pick<Ground, "config" | "domains">, cell: Cell): Model {
  const { height, width, channels, classes } = domains.get(trainedOn(cell))!;
  const shown = cell.phase === "meta-train" ? (config.suite.classesPerTask ?? classes) : classes;
  return createModel(config.model, [height, width, channels], shown);
}

/** Images that a run is evaluated on, as often as it is. */
function judgedImages({ config, domains }: Ground, cell: TuneCell | TrialCell): number {
  const often = evaluationsIn(cellSteps(config, cell, domains), cell.phase, config.training);
  return often * domains.get(cell.holdout)!.expected(SPLITS[cell.phase].judged);
}

/** Milliseconds that reading an image takes; photos are read as batches need them. */
async function readingPrice(ground: Ground, id: string): Promise<number> {
  const domain = ground.domains.get(id)!;
  if (domain.arePhotos) return 0;
  const begun = milliseconds();
  const { count } = await domain.split("trainAll");
  return (milliseconds() - begun) / count;
}

/** Images of the steps that are measured, in the place of a batch, and what the gradient of a batch takes more: milliseconds
 *  and bytes. */
interface ShownBatch {
  /** Of the whole batch. */
  readonly batchSize: number;
  readonly size: number;
  readonly gradientMore: number;
  readonly bytesMore: number;
}

/** A batch, or where its steps are long a part of it: of a gradient the price follows from the part's, image by image.
 *  @param image milliseconds of one in an evaluation. */
function shownBatchOf(ground: Ground, cell: Cell, image: number): ShownBatch {
  const batchSize = batchSizeOf(ground, cell);
  const size = probedImages(batchSize, image);
  if (size === batchSize) return { batchSize, size, gradientMore: 0, bytesMore: 0 };
  const model = modelOf(ground, cell);
  const probe = gradientProbe(ground.engine, model, size);
  const [, ...again] = probe.run(4);
  probe.dispose();
  const bytes = (images: number): number => gradientBytes(ground.engine, model, images) ?? 0;
  const bytesMore = bytes(batchSize) - bytes(size);
  return { batchSize, size, gradientMore: median(again) * (batchSize / size - 1), bytesMore };
}

/** Of a batch of which a part is shown, what a gradient takes follows from that part and one twice as large: no learner does
 *  everything image by image. */
async function measureLearning(
  ground: Ground,
  cell: MetaTrainCell,
  { batchSize, size, gradientMore }: ShownBatch,
  enough: number,
): Promise<Pick<Price, "step" | "run">> {
  const { config, engine } = ground;
  const { method, settings } = rowOf(config, cell.method).learning!;
  const model = modelOf(ground, cell);
  const problem = supervised(model);
  const split = madeUp(model, batchSize);
  const recipe = madeUpRecipe(config, split, "meta-train");
  const learnt = (images: number): ReturnType<typeof learningPrice> => {
    const tasks = [madeUpTask(problem, { ...recipe, batchSize: images })];
    return learningPrice(method, settings, { engine, tasks, parameters: problem.parameters }, enough);
  };
  const { gradient, once } = await learnt(size);
  const run = once + FILES_MILLISECONDS;
  if (size === batchSize) return { step: gradient, run };
  const larger = Math.min(2 * size, batchSize);
  const { gradient: ofLarger } = await learnt(larger);
  const step = scaledGradient({ size, gradient }, { size: larger, gradient: ofLarger }, { batchSize, gradientMore });
  return { step, run };
}

/** What a gradient of a batch takes, by those of two parts. An image takes no more than its share of the part's, and no less
 *  than in a plain gradient, whatever noise says. @param batch gradientMore is what a plain gradient of all of it takes more
 *  than one of the smaller part. @internal Exported for tests. */
export function scaledGradient(
  part: { readonly size: number; readonly gradient: number },
  larger: typeof part,
  batch: { readonly batchSize: number; readonly gradientMore: number },
): number {
  const more = batch.batchSize - part.size;
  const image = (larger.gradient - part.gradient) / (larger.size - part.size);
  return part.gradient + more * Math.min(part.gradient / part.size, Math.max(batch.gradientMore / more, image));
}

/** @returns besides a price what compiling takes. */
function measureTraining(
  ground: Ground,
  cell: TuneCell | TrialCell,
  shown: ShownBatch,
  enough: number,
): Promise<Pick<Price, "step" | "run" | "isScaled"> & { compiling: number }> {
  const { config, engine } = ground;
  const { method, settings } = rowOf(config, cell.method);
  const model = modelOf(ground, cell);
  const images = Math.max(1, imagesOf(ground, cell.holdout, SPLITS[cell.phase].trained));
  const { batchSize, lastBatch } = config.training;
  const steps = stepsOf(config.training.steps, batchesPerEpoch(images, batchSize, lastBatch));
  const begun = milliseconds();
  initialise(everyParameter(model), 0);
  const run = milliseconds() - begun + FILES_MILLISECONDS;
  const made = milliseconds();
  const probe = scaledProbe(engine, model, method, shown.size, settings);
  const compiling = milliseconds() - made + probe.compilingMore;
  const { mean, warming } = meanStep(probe, steps, enough);
  probe.dispose();
  const isScaled = probe.compilingMore > 0;
  return Promise.resolve({ step: mean + shown.gradientMore, run, compiling: compiling + warming, isScaled });
}

/** Milliseconds that a step waits for its batch. */
function batchPrice(ground: Ground, cell: Cell): number {
  const batchSize = batchSizeOf(ground, cell);
  const phase = cell.phase === "meta-train" ? "meta-train" : "trial";
  const recipe = { ...madeUpRecipe(ground.config, madeUp(modelOf(ground, cell), batchSize), phase), batchSize };
  if (cell.phase !== "meta-train" && heldBytesOf(ground, cell) > 0) return 0;
  const isSpare = ground.jobs * ground.engine.details.threads < availableParallelism();
  if (isSpare && isPreparedAhead(recipe)) return 0;
  const batches = imageBatches(recipe);
  const times: number[] = [];
  for (let spent = 0; times.length < BATCHES.most && spent < ENOUGH.batches; spent += times.at(-1)!) {
    const begun = milliseconds();
    batches.at(times.length + 1);
    times.push(milliseconds() - begun);
  }
  batches.close();
  return median(times.slice(Math.min(BATCHES.warming, times.length - 1)));
}

/** Bytes of the images that the run's program holds; 0: it is sent its batches. */
export function heldBytesOf(ground: Pick<Ground, "config" | "domains" | "engine">, cell: TuneCell | TrialCell): number {
  const { config, engine, domains } = ground;
  const { batchSize, lastBatch } = config.training;
  const domain = domains.get(cell.holdout)!;
  const split = { shape: domain, count: Math.max(1, domain.expected(SPLITS[cell.phase].trained)) };
  const steps = stepsOf(cellLength(config, cell), batchesPerEpoch(split.count, batchSize, lastBatch));
  const recipe = { split, batchSize, augmentation: augmentationOf(config, cell.phase) };
  return areHeld(engine, recipe, steps) ? heldBytes(split) : 0;
}

/** Of one chunk of images: an evaluation is made of such. */
async function measureEvaluation(ground: Ground, cell: Cell): Promise<{ image: number; compiling: number }> {
  const model = modelOf(ground, cell);
  const problem = supervised(model);
  const [height, width, channels] = model.input as [number, number, number];
  const shape = { height, width, channels };
  const split = madeUpSplit(shape, model.classes, chunkOf({ shape }));
  const { normalisation } = madeUpRecipe(ground.config, split, "trial");
  const values = { ...initialise(everyParameter(problem), 0), ...initialise(problem.statistics ?? {}, 0) };
  const begun = milliseconds();
  const compiled = evaluator(ground.engine, problem, chunkSizes(split));
  const evaluate = (): number => {
    const started = milliseconds();
    compiled.evaluate(values, imageChunks(split, normalisation));
    return milliseconds() - started;
  };
  evaluate();
  const first = milliseconds() - begun;
  const times: number[] = [];
  for (let spent = 0; times.length < EVALUATIONS && spent < ENOUGH.evaluations; spent += times.at(-1)!)
    times.push(evaluate());
  const again = median(times);
  compiled.dispose();
  return Promise.resolve({ image: again / split.count, compiling: Math.max(0, first - again) });
}

/** Images as those of a cell: two batches. */
function madeUp({ input, classes }: Model, batchSize: number): ReturnType<typeof madeUpSplit> {
  const [height, width, channels] = input as [number, number, number];
  const count = Math.max(2 * batchSize, classes);
  return madeUpSplit({ height, width, channels }, classes, count);
}
