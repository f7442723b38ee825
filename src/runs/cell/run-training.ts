import { z } from "zod";
import { derivedSeed } from "../../core/rng.js";
import { finalTrainingLoss, trainingLossAuc } from "../../core/auc.js";
import { milliseconds, timestamp } from "../../core/clock.js";
import { namesNotFinite } from "../../core/finite.js";
import type { Leaves } from "../../core/tree.js";
import { inEpochs, stepsOf } from "../../config/length.js";
import type { BatchRecipe } from "../../data/batches/recipe.js";
import { restrict, type Split, type SplitName } from "../../data/domain.js";
import type { HostArray } from "../../engine/host.js";
import { initialise } from "../../models/initialise.js";
import { everyParameter } from "../../models/model.js";
import { stateDict } from "../../models/torch-layout.js";
import { initialValues, type LearnedValues } from "../../optimisers/optimiser.js";
import { multiplier } from "../../optimisers/shared/schedules.js";
import type { Evaluation } from "../../training/evaluate.js";
import { withBatches } from "../../training/with-batches.js";
import { chunkSizes, imageBatches, imageChunks } from "../../training/images.js";
import { readCheckpoint, removeCheckpoint, writeCheckpoint } from "../../records/checkpoint.js";
import type { TrainingCurveRow } from "../../records/curve.js";
import { measured } from "../../records/number.js";
import type { TrialCell, TuneCell } from "../../records/plan.js";
import type { RunRecord } from "../../records/record.js";
import { newProgress, train, type TrainProgress, type Watch } from "../../training/train.js";
import { recordHead } from "./record-head.js";
import { augmentationOf, cellLength } from "./cell-steps.js";
import type { RunContext } from "./session.js";

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

/** Runs one tuning run or trial, from its checkpoint if it has one, and writes its record; before it a trial's weights,
 *  where they are kept.
 *  A tuning run trains on train and is judged on validation; a trial trains on train and validation together and reads
 *  the test split once, at the end.
 *  @param learned what a learned method applies, and the initial weights that it was learned with, if they were; they
 *  replace fresh ones. @throws Interrupted after a checkpoint. */
export async function runTraining(
  context: RunContext,
  cell: TuneCell | TrialCell,
  selected: Selected,
  learned: LearnedValues | undefined,
): Promise<void> {
  const { session, config, store } = context;
  const { training } = config;
  const { batchSize, lastBatch } = training;
  const startedAt = timestamp();
  const splits: readonly ["train" | "trainAll", SplitName] =
    cell.phase === "tune" ? ["train", "validation"] : ["trainAll", "test"];
  const domain = restrict(session.domain(cell.holdout), splits);
  const testReads = domain.testReads;
  const seed = derivedSeed(config.seed, cell.phase, cell.seed);
  const normalisation = await session.domain(cell.holdout).normalisation();
  const recipe: BatchRecipe = {
    split: await domain.split(splits[0]),
    normalisation,
    batchSize,
    shuffle: { seed, lastBatch },
    augmentation: augmentationOf(config, cell.phase),
  };
  const { count } = recipe.split;
  const small = count < batchSize ? { domain: domain.id, set: splits[0], images: count, batchSize } : undefined;
  const batches = imageBatches(recipe, session.openBatches);
  const program = session.program(cell.method, domain, batches.sizes, learned);
  const length = cellLength(config, cell);
  const steps = stepsOf(length, batches.perEpoch);
  const folder = store.checkpointFolder(cell.id);

  const checkpoint = readCheckpoint(folder, storedProgress);
  const { validation, ...progress } = checkpoint?.progress ?? { ...newProgress(), validation: [] };
  if (checkpoint !== undefined) program.restore(checkpoint.tensors);
  else {
    const fresh = initialise(everyParameter(session.problem(domain)), seed);
    program.start({ ...fresh, ...initialValues(learned) }, learned);
  }
  const schedule = multiplier(training.schedule, steps);
  let evaluationMilliseconds = 0;
  const evaluate = (values: Leaves<HostArray>, judged: Split): Evaluation => {
    const begun = milliseconds();
    const compiled = session.evaluator(domain, chunkSizes(judged));
    const evaluation = compiled.evaluate(values, imageChunks(judged, normalisation, session.openBatches));
    evaluationMilliseconds += milliseconds() - begun;
    return evaluation;
  };
  const validationSplit = cell.phase === "tune" ? await domain.split("validation") : undefined;
  const onStep = (t: number): void => {
    context.onStep();
    const due = training.evalEvery !== undefined && t % training.evalEvery === 0 && t < steps;
    if (validationSplit === undefined || !due) return;
    const { accuracy } = evaluate(program.values(), validationSplit);
    if (Number.isFinite(accuracy)) validation.push({ step: t, accuracy });
  };
  const { learningRate, weightDecay } = selected;
  const scalars = { learningRate, weightDecay, seed };
  const settings = { steps, scalars, schedule, divergenceLoss: training.divergenceLoss };
  const watch: Watch = {
    signal: context.signal,
    checkpointSeconds: CHECKPOINT_SECONDS,
    checkpoint: () => {
      const state = { tensors: program.read(), progress: { ...progress, validation } };
      writeCheckpoint(folder, storedProgress, state, context.guard);
    },
    onStep,
  };
  await withBatches(batches, () => train(program, batches, settings, progress, watch));

  const chance = 1 / domain.classes;
  const window = inEpochs(length) ? batches.perEpoch : training.aucWindowSteps;
  const { losses } = progress;
  const values = program.values();
  const brokenValues = progress.diverged ? [] : namesNotFinite(values);
  const broken = progress.diverged || brokenValues.length > 0;
  const end = broken ? undefined : evaluate(values, validationSplit ?? (await domain.split("test")));
  // The last step's loss is known nowhere else.
  const diverged = end === undefined || !(end.loss <= training.divergenceLoss);
  const accuracy = diverged ? chance : end.accuracy;
  const metric = cell.phase === "tune" ? { validationAccuracy: accuracy } : { testAccuracy: accuracy };
  if (cell.phase === "trial" && config.keepWeights && !diverged) {
    const tensors = stateDict(session.problem(domain), values);
    store.writeWeights(cell.id, { tensors, metadata: weightsMetadata(cell) }, context.guard);
  }
  store.write(
    {
      ...recordHead(context, cell, startedAt),
      state: diverged ? "diverged" : "done",
      ...(diverged && {
        divergence: {
          step: losses.length,
          brokenGradients: [...progress.brokenGradients],
          ...(brokenValues.length > 0 && { brokenValues }),
          ...(end !== undefined && { evaluationLoss: end.loss }),
        },
      }),
      selected,
      metrics: {
        ...metric,
        auc: trainingLossAuc(losses, window, diverged),
        lastTrainLoss: losses.at(-1),
        finalTrainLoss: finalTrainingLoss(losses, window, diverged),
        chance,
      },
      counts: {
        steps: losses.length,
        epochs: losses.length / batches.perEpoch,
        testReads: domain.testReads - testReads,
        images: domain.count(splits[1]),
      },
      timings: {
        dataMilliseconds: progress.spent.data,
        stepMilliseconds: progress.spent.step,
        evaluationMilliseconds,
        wallMilliseconds: progress.spent.data + progress.spent.step + evaluationMilliseconds,
      },
      data: {
        tag: domain.dataTag,
        checksums: { [domain.id]: domain.checksum },
        ...(small && { smallSets: [small] }),
      },
    },
    curveOf(progress, validation, batches.perEpoch, metric),
    context.guard,
  );
  removeCheckpoint(folder);
}

/** Which run the weights are of; "pt" says that they lie as PyTorch's do. */
const weightsMetadata = ({ id, method, holdout, trial }: TrialCell): Record<string, string> => ({
  format: "pt",
  run: id,
  method,
  domain: holdout,
  trial: String(trial),
});

/** A row per step; those of evaluations, and the last one, have the accuracy. */
function curveOf(
  { losses, stepEnds }: TrainProgress,
  validation: readonly { step: number; accuracy: number }[],
  perEpoch: number,
  metric: object,
): TrainingCurveRow[] {
  const accuracies = new Map(validation.map(({ step, accuracy }) => [step, { validationAccuracy: accuracy }]));
  return losses.map((trainLoss, i) => ({
    step: i + 1,
    epoch: (i + 1) / perEpoch,
    trainLoss,
    ...(i === losses.length - 1 ? metric : accuracies.get(i + 1)),
    wallMilliseconds: stepEnds[i]!,
  }));
}
