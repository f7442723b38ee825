import { z } from "zod";
import { derivedSeed } from "../../core/rng.js";
import { timestamp } from "../../core/clock.js";
import { inEpochs, stepsOf } from "../../config/length.js";
import type { ResolvedConfig } from "../../config/load.js";
import { orderOf, restrict, type BatchRecipe, type Domain } from "../../data/index.js";
import { stateDict } from "../../models/torch-layout.js";
import { initialValues, type LearnedValues } from "../../optimisers/optimiser.js";
import { multiplier } from "../../optimisers/shared/schedules.js";
import { withBatches } from "../../training/with-batches.js";
import { areHeld, heldImages, imageBatches, placedBatches } from "../../training/images.js";
import type { Batches } from "../../training/problem.js";
import type { TrainingProgram } from "../../training/program.js";
import { readCheckpoint, takenOver, writeCheckpoint, type Checkpoint } from "../../records/checkpoint.js";
import { measured } from "../../records/number.js";
import type { TrialCell, TuneCell } from "../../records/plan.js";
import type { RunRecord } from "../../records/record.js";
import { newProgress, train, type Watch } from "../../training/train.js";
import { recordHead } from "./record-head.js";
import { augmentationOf, cellLength, SPLITS } from "../plan/cell-steps.js";
import type { Computed, RunContext } from "./session.js";
import { curveOf, dataOf, judge, metricsOf, timedEvaluator, type TimedEvaluator } from "./training-outcome.js";

/** The hyper-parameters of a run, and where they lie in the tuning space. */
export type Selected = NonNullable<RunRecord["selected"]>;

/** Seconds between checkpoints of one run. */
const CHECKPOINT_SECONDS = 30;

/** A run's progress on disk. */
const storedProgress = z.strictObject({
  losses: z.array(measured),
  stepEnds: z.array(z.number()),
  diverged: z.boolean(),
  brokenGradients: z.array(z.string()),
  spent: z.strictObject({ data: z.number(), step: z.number() }),
  validation: z.array(z.strictObject({ step: z.int(), accuracy: measured })),
});
type Progress = z.output<typeof storedProgress>;

/** Runs one tuning run or trial, from its checkpoint if it has one, and writes a trial's weights, where they are kept.
 *  A tuning run trains on train and is judged on validation; a trial trains on train and validation together and reads
 *  the test split once, at the end.
 *  @param learned what a learned method applies, and the initial weights that it was learned with, if they were; they
 *  replace fresh ones. @throws Interrupted after a checkpoint. */
export async function runTraining(
  context: RunContext,
  cell: TuneCell | TrialCell,
  selected: Selected,
  learned: LearnedValues | undefined,
): Promise<Computed> {
  const { session, config, store, guard } = context;
  const startedAt = timestamp();
  const setup = await prepare(context, cell, learned);
  const { domain, recipe, batches, program } = setup;
  const held = resume(store.checkpointFolder(cell.id), program);
  const progress = held?.progress ?? start(context, setup, learned);
  const engines = takenOver(held?.engines, session.engine.details);
  const evaluator = timedEvaluator(session, domain, recipe.normalisation);
  await trainWatched(context, cell, setup, selected, { progress, engines }, evaluator);

  const { divergenceLoss } = config.training;
  const values = program.values();
  const outcome = await judge(cell.phase, domain, progress, values, divergenceLoss, evaluator);
  if (cell.phase === "trial" && config.keepWeights && outcome.divergence === undefined) {
    const tensors = stateDict(session.problem(domain), values);
    store.writeWeights(cell.id, { tensors, metadata: weightsMetadata(cell) }, guard);
  }
  const evaluationMilliseconds = evaluator.spent();
  const { data, step } = progress.spent;
  const record: RunRecord = {
    ...recordHead(context, cell, startedAt, engines),
    state: outcome.divergence ? "diverged" : "done",
    ...(outcome.divergence && { divergence: outcome.divergence }),
    selected,
    metrics: metricsOf(progress.losses, outcome, domain, aucWindow(config, cell, batches)),
    counts: {
      steps: progress.losses.length,
      epochs: progress.losses.length / batches.perEpoch,
      testReads: domain.testReads - setup.testReads,
      images: domain.count(SPLITS[cell.phase].judged),
    },
    timings: {
      dataMilliseconds: data,
      stepMilliseconds: step,
      evaluationMilliseconds,
      wallMilliseconds: data + step + evaluationMilliseconds,
    },
    data: dataOf(domain, SPLITS[cell.phase].trained, recipe),
  };
  return { record, curve: curveOf(progress, progress.validation, batches.perEpoch, outcome.accuracy) };
}

/** What a run trains on, and the compiled program that trains. */
interface Setup {
  /** Opens the splits of the run's phase alone. */
  readonly domain: Domain;
  /** How often the test split was read before this run. */
  readonly testReads: number;
  readonly seed: number;
  readonly recipe: BatchRecipe;
  readonly batches: Batches;
  readonly program: TrainingProgram;
}

async function prepare(
  { session, config }: RunContext,
  cell: TuneCell | TrialCell,
  learned: LearnedValues | undefined,
): Promise<Setup> {
  const { trained, judged } = SPLITS[cell.phase];
  const { batchSize, lastBatch } = config.training;
  const domain = restrict(session.domain(cell.holdout), [trained, judged]);
  const { testReads } = domain;
  const seed = derivedSeed(config.seed, cell.phase, cell.seed);
  const normalisation = await session.domain(cell.holdout).normalisation();
  const recipe: BatchRecipe = {
    split: await domain.split(trained),
    normalisation,
    batchSize,
    shuffle: { seed, lastBatch },
    augmentation: augmentationOf(config, cell.phase),
  };
  const steps = stepsOf(cellLength(config, cell), orderOf(recipe).perEpoch);
  const held = areHeld(session.engine, recipe, steps)
    ? { key: [domain.id, trained], images: () => heldImages(recipe) }
    : undefined;
  const batches = held === undefined ? imageBatches(recipe, session.openBatches) : placedBatches(recipe);
  const program = session.program(cell.method, domain, batches.sizes, learned, held);
  return { domain, testReads, seed, recipe, batches, program };
}

/** Restores the program, where there is a checkpoint that it can go on from. */
function resume(folder: string, program: TrainingProgram): Omit<Checkpoint<Progress>, "tensors"> | undefined {
  const checkpoint = readCheckpoint(folder, storedProgress);
  if (checkpoint === undefined || !program.restore(checkpoint.tensors)) return undefined;
  // The program has the state now; there is no need to hold it twice.
  const { progress, engines } = checkpoint;
  return { progress, engines };
}

/** Starts the program from the initial weights. */
function start(
  { session }: RunContext,
  { domain, seed, program }: Setup,
  learned: LearnedValues | undefined,
): Progress {
  const fresh = session.initialValues(domain, seed);
  program.start({ ...fresh, ...initialValues(learned) }, learned);
  return { ...newProgress(), validation: [] };
}

/** Trains to the last step, with checkpoints; a tuning run is evaluated on validation on its way, where that is asked
 *  for. @param progress is changed in place. */
async function trainWatched(
  context: RunContext,
  cell: TuneCell | TrialCell,
  { domain, seed, batches, program }: Setup,
  { learningRate, weightDecay }: Selected,
  { progress, engines }: Pick<Checkpoint<Progress>, "progress" | "engines">,
  evaluator: TimedEvaluator,
): Promise<void> {
  const { training } = context.config;
  const { divergenceLoss } = training;
  const steps = stepsOf(cellLength(context.config, cell), batches.perEpoch);
  const validationSplit = cell.phase === "tune" ? await domain.split("validation") : undefined;
  const onStep = (t: number): void => {
    context.onStep();
    const due = training.evalEvery !== undefined && t % training.evalEvery === 0 && t < steps;
    if (validationSplit === undefined || !due) return;
    const { accuracy } = evaluator.evaluate(program.values(), validationSplit);
    if (Number.isFinite(accuracy)) progress.validation.push({ step: t, accuracy });
  };
  const scalars = { learningRate, weightDecay, seed };
  const settings = { steps, scalars, schedule: multiplier(training.schedule, steps), divergenceLoss };
  const watch: Watch = {
    signal: context.signal,
    checkpointSeconds: CHECKPOINT_SECONDS,
    checkpoint: () =>
      writeCheckpoint(
        context.store.checkpointFolder(cell.id),
        storedProgress,
        { tensors: program.read(), progress, engines },
        context.guard,
      ),
    onStep,
  };
  await withBatches(batches, () => train(program, batches, settings, progress, watch));
}

/** Steps of a window of the AUC: an epoch, where the run is measured in these. */
const aucWindow = (config: ResolvedConfig, cell: TuneCell | TrialCell, { perEpoch }: Batches): number =>
  inEpochs(cellLength(config, cell)) ? perEpoch : config.training.aucWindowSteps;

/** Which run the weights are of; "pt" says that they lie as PyTorch's do. */
const weightsMetadata = ({ id, method, holdout, trial }: TrialCell): Record<string, string> => ({
  format: "pt",
  run: id,
  method,
  domain: holdout,
  trial: String(trial),
});
