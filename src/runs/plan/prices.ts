import { availableParallelism } from "node:os";
import { median } from "../../core/averages.js";
import { milliseconds } from "../../core/clock.js";
import { stepsOf } from "../../config/length.js";
import type { ResolvedConfig } from "../../config/load.js";
import { dataOptions } from "../../config/suite.js";
import { rowOf } from "../../config/variants.js";
import { batchesPerEpoch } from "../../data/batches/order.js";
import { isPreparedAhead } from "../../data/batches/prepared-ahead.js";
import { openDomain, type Domain } from "../../data/domain.js";
import type { SplitName } from "../../data/dataset.js";
import { expectedImages } from "../../data/expected-images.js";
import type { Engine } from "../../engine/engine.js";
import { learningPrice } from "../../meta/shared/learning-probe.js";
import { initialise } from "../../models/initialise.js";
import { createModel } from "../../models/index.js";
import { everyParameter, type Model } from "../../models/model.js";
import type { Cell, MetaTrainCell, TrialCell, TuneCell } from "../../records/plan.js";
import { evaluator } from "../../training/evaluate.js";
import { chunkSizes, imageBatches, imageChunks } from "../../training/images.js";
import { modelProbe } from "../../training/step-probe.js";
import { supervised } from "../../training/supervised.js";
import { cellLength, SPLITS, trainedOn } from "./cell-steps.js";
import { madeUpRecipe, madeUpSplit, madeUpTask } from "./made-up.js";
import { meanStep } from "./mean-step.js";
import type { RecordedPrices } from "./recorded-prices.js";

/** What a run costs, in milliseconds of one of the processes that run at a time. */
export interface Price {
  /** A step of training or a gradient of meta-training, with its batch. */
  readonly step: number;
  /** What a run takes besides. */
  readonly run: number;
  /** What a process takes before the first run that needs it. */
  readonly once: readonly Once[];
}

/** A program that is compiled, or images that are read. */
interface Once {
  readonly what: string;
  readonly milliseconds: number;
}

/** What prices are asked for with. */
export interface Ground {
  readonly config: ResolvedConfig;
  readonly dataFolder: string;
  readonly engine: Engine;
  /** Processes at a time. */
  readonly jobs: number;
  readonly recorded: RecordedPrices;
}

/** Milliseconds after which a learning, or the steps of a kind, have been seen for long enough. */
const ENOUGH = 1500;
/** What a run takes for its order of batches and its files. */
const FILES_MILLISECONDS = 15;
/** Images that an evaluation is timed on, at most. */
const EVALUATED = 1000;

/** Gives the prices of cells: those that records of this machine have, else such as are measured now, on made-up images.
 *  What was measured for a row holds for all of its cells: domains of an experiment are alike. */
export function pricesOf(ground: Ground): (cell: Cell) => Promise<Price> {
  const measured = new Map<string, Promise<unknown>>();
  const once = <Value>(key: string, measure: () => Promise<Value>): Promise<Value> => {
    if (!measured.has(key)) measured.set(key, measure());
    return measured.get(key) as Promise<Value>;
  };
  const images = async (cell: Cell, ...splits: (readonly [string, SplitName])[]): Promise<Once[]> => {
    const each = await once("image", () => readingPrice(ground, trainedOn(cell)));
    return splits.map(([domain, split]) => ({
      what: `${domain}, ${split}`,
      milliseconds: each * imagesOf(ground, domain, split),
    }));
  };
  const learning = async (cell: MetaTrainCell): Promise<Price> => {
    const price = await once(`learn ${cell.method}`, () => measureLearning(ground, cell));
    return { ...price, once: await images(cell, ...cell.metaTrain.map((domain) => [domain, "trainAll"] as const)) };
  };
  const training = async (cell: TuneCell | TrialCell): Promise<Price> => {
    const { trained, judged } = SPLITS[cell.phase];
    const price = await once(`train ${cell.method}`, () => measureTraining(ground, cell));
    const evaluation = await once("evaluate", () => measureEvaluation(ground, cell));
    const judging = evaluations(ground, cell) * imagesOf(ground, cell.holdout, judged);
    return {
      step: price.step,
      run: price.run + judging * evaluation.image,
      once: [
        { what: cell.method, milliseconds: price.compiling },
        { what: "evaluation", milliseconds: evaluation.compiling },
        ...(await images(cell, [cell.holdout, trained], [cell.holdout, judged])),
      ],
    };
  };
  return async (cell) => {
    const recorded = ground.recorded(cell);
    if (recorded !== undefined) return { ...recorded, once: [] };
    return cell.phase === "meta-train" ? learning(cell) : training(cell);
  };
}

const imagesOf = ({ config, dataFolder }: Ground, domain: string, split: SplitName): number =>
  expectedImages(domain, split, dataOptions(config, dataFolder));

const openedDomain = ({ config, dataFolder }: Ground, id: string): Domain =>
  openDomain(id, dataOptions(config, dataFolder));

/** The model of a cell. */
export function modelOf({ config, dataFolder }: Pick<Ground, "config" | "dataFolder">, cell: Cell): Model {
  const { height, width, channels, classes } = openDomain(trainedOn(cell), dataOptions(config, dataFolder));
  const shown = cell.phase === "meta-train" ? (config.suite.classesPerTask ?? classes) : classes;
  return createModel(config.model, [height, width, channels], shown);
}

/** How often a run is evaluated. */
function evaluations(ground: Ground, cell: TuneCell | TrialCell): number {
  const { config } = ground;
  const { evalEvery, batchSize, lastBatch } = config.training;
  if (cell.phase === "trial" || evalEvery === undefined) return 1;
  const images = Math.max(1, imagesOf(ground, cell.holdout, "train"));
  const steps = stepsOf(cellLength(config, cell), batchesPerEpoch(images, batchSize, lastBatch));
  return Math.ceil(steps / evalEvery);
}

/** Milliseconds that reading an image takes. Photos, which are decoded once for all processes, are not counted. */
async function readingPrice(ground: Ground, id: string): Promise<number> {
  const domain = openedDomain(ground, id);
  if (domain.arePhotos) return 0;
  const begun = milliseconds();
  const { count } = await domain.split("trainAll");
  return (milliseconds() - begun) / count;
}

async function measureLearning(ground: Ground, cell: MetaTrainCell): Promise<Pick<Price, "step" | "run">> {
  const { config, engine } = ground;
  const { method, settings } = rowOf(config, cell.method).learning!;
  const model = modelOf(ground, cell);
  const problem = supervised(model);
  const split = madeUp(ground, model);
  const tasks = [madeUpTask(problem, madeUpRecipe(config, split, "meta-train"))];
  const { gradient, once } = await learningPrice(
    method,
    settings,
    { engine, tasks, parameters: problem.parameters },
    ENOUGH,
  );
  return { step: gradient, run: once + FILES_MILLISECONDS };
}

/** @returns besides a price what compiling takes. */
function measureTraining(
  ground: Ground,
  cell: TuneCell | TrialCell,
): Promise<Pick<Price, "step" | "run"> & { compiling: number }> {
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
  const probe = modelProbe(engine, model, method, Math.min(batchSize, images), settings);
  const compiling = milliseconds() - made;
  const { mean, warming } = meanStep(probe, steps, ENOUGH);
  probe.dispose();
  return Promise.resolve({ step: mean + batchPrice(ground, cell, model), run, compiling: compiling + warming });
}

/** Milliseconds that a step waits for its batch. */
function batchPrice(ground: Ground, cell: Cell, model: Model): number {
  const recipe = madeUpRecipe(
    ground.config,
    madeUp(ground, model),
    cell.phase === "meta-train" ? "meta-train" : "trial",
  );
  const isSpare = ground.jobs * ground.engine.details.threads < availableParallelism();
  if (isSpare && isPreparedAhead(recipe)) return 0;
  const batches = imageBatches(recipe);
  const times = Array.from({ length: 20 }, (_unused, i) => {
    const begun = milliseconds();
    batches.at(i + 1);
    return milliseconds() - begun;
  });
  batches.close();
  return median(times.slice(5));
}

async function measureEvaluation(ground: Ground, cell: Cell): Promise<{ image: number; compiling: number }> {
  const model = modelOf(ground, cell);
  const problem = supervised(model);
  const split = madeUp(ground, model, EVALUATED);
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
  const again = evaluate();
  compiled.dispose();
  return Promise.resolve({ image: again / split.count, compiling: Math.max(0, first - again) });
}

/** Images as those of a cell: no more than an evaluation's chunk, or a batch. */
function madeUp({ config }: Ground, { input, classes }: Model, least = 0): ReturnType<typeof madeUpSplit> {
  const [height, width, channels] = input as [number, number, number];
  const count = Math.max(least, 2 * config.training.batchSize, classes);
  return madeUpSplit({ height, width, channels }, classes, count);
}
