import { z } from "zod";
import { milliseconds, timestamp } from "../../core/clock.js";
import { EXIT, Interrupted, UserError } from "../../core/errors.js";
import { flawOf, namesNotFinite } from "../../core/finite.js";
import type { Guard } from "../../core/files.js";
import { flatten, map, unflatten, type Leaves } from "../../core/tree.js";
import type { ResolvedConfig } from "../../config/load.js";
import { rowOf } from "../../config/variants.js";
import { leastTag, restrict, type Domain } from "../../data/index.js";
import { isHostArray } from "../../engine/host.js";
import { matrixSize, type ParameterSpec } from "../../engine/parameters.js";
import { createMetaLearner, LEARNERS } from "../../meta/index.js";
import type { MetaProgress, MetaTask } from "../../meta/meta-learner.js";
import type { LearnerId } from "../../optimisers/index.js";
import type { LearnedValues } from "../../optimisers/optimiser.js";
import { readCheckpoint, takenOver, writeCheckpoint, type Checkpoint } from "../../records/checkpoint.js";
import { writeLearned, type LearnedFile } from "../../records/learned.js";
import { measured } from "../../records/number.js";
import type { Engines } from "../../records/provenance.js";
import { NUMERICS } from "../../records/numerics.js";
import type { MetaTrainCell } from "../../records/plan.js";
import type { RunRecord } from "../../records/record.js";
import { recordHead } from "./record-head.js";
import { metaTask } from "./meta-task.js";
import type { Computed, RunContext } from "./session.js";
import { metaTrainingSeed } from "../plan/cell-steps.js";
import { smallMetaTrainingSets } from "../plan/small-sets.js";

/** Seconds between checkpoints of one meta-training: some learn in millions of numbers. */
const CHECKPOINT_SECONDS = 10;

/** Meta-training's progress on disk; learned values and memory are the checkpoint's tensors,
 *  "learned|memory/<parameter>/<symbol>". */
const storedProgress = z.strictObject({
  outerStep: z.int(),
  curve: z.array(z.record(z.string(), measured)),
  gradientEvaluations: z.int(),
  wallMilliseconds: z.number(),
  dataMilliseconds: z.number().default(0),
});

/** Learns a method on all training images of its domains, from its checkpoint if it has one, and writes the learned file
 *  of them. Test splits are closed, and what is tested on is no domain of these. @throws Interrupted after a checkpoint. */
export async function runMetaTraining(context: RunContext, cell: MetaTrainCell): Promise<Computed> {
  const { session, config, store } = context;
  const startedAt = timestamp();
  const begun = milliseconds();
  const domains = cell.metaTrain.map((id) => restrict(session.domain(id), ["trainAll"]));
  let waited = 0;
  const onWait = (more: number): void => void (waited += more);
  const tasks: MetaTask[] = [];
  for (const domain of domains) tasks.push(await metaTask(context, domain, onWait));
  const { parameters } = tasks[0]!.problem;
  const folder = store.checkpointFolder(cell.id);
  const held = readCheckpoint(folder, storedProgress);
  const before = held?.progress.wallMilliseconds ?? 0;
  waited += held?.progress.dataMilliseconds ?? 0;
  const elapsed = (): number => before + milliseconds() - begun;
  const engines = takenOver(held?.engines, session.engine.details);
  const checkpoints = checkpointsIn(folder, engines, context.guard, () => ({
    wallMilliseconds: elapsed(),
    dataMilliseconds: waited,
  }));
  const { learned, curve, gradientEvaluations } = await learn(context, cell, tasks, held, checkpoints);

  refuseBroken(learned, curve.length);
  const wallMilliseconds = elapsed();
  writeLearned(store.learnedFile(cell.id), learnedFile(config, cell, parameters, learned), context.guard);
  const record: RunRecord = {
    ...recordHead(context, cell, startedAt, engines),
    state: "done",
    metrics: {
      lastTrainLoss: curve.at(-1)?.lastLoss,
      chance: 1 / (config.suite.classesPerTask ?? domains[0]!.classes),
    },
    counts: { steps: gradientEvaluations, epochs: 0, testReads: 0, gradientEvaluations },
    timings: {
      dataMilliseconds: waited,
      stepMilliseconds: wallMilliseconds - waited,
      evaluationMilliseconds: 0,
      wallMilliseconds,
    },
    data: dataOf(config, rowOf(config, cell.method).learning!.method, domains),
  };
  return { record, curve };
}

/** Learns on the tasks, from what a checkpoint holds; what is learned when it is interrupted is saved. */
async function learn(
  { session, config, signal, onStep }: RunContext,
  cell: MetaTrainCell,
  tasks: readonly MetaTask[],
  held: Checkpoint<z.output<typeof storedProgress>> | undefined,
  checkpoints: Checkpoints,
): Promise<MetaProgress> {
  const { method, settings } = rowOf(config, cell.method).learning!;
  const learning = createMetaLearner(method, settings).learn(
    {
      engine: session.engine,
      tasks,
      parameters: tasks[0]!.problem.parameters,
      seed: metaTrainingSeed(config, cell),
      divergenceLoss: config.training.divergenceLoss,
      signal,
      onStep,
      checkpoint: checkpoints.offer,
    },
    held && { ...held.progress, ...(unflatten(held.tensors) as { learned: LearnedValues; memory?: LearnedValues }) },
  );
  return learning.catch((error: unknown) => {
    if (error instanceof Interrupted) checkpoints.save();
    throw error;
  });
}

interface Checkpoints {
  /** Takes what is learned so far, and writes it when the last one is some time ago. */
  offer(progress: MetaProgress): void;
  /** Writes what was offered last, unless it is written. */
  save(): void;
}

/** @param spent so far, on what. */
function checkpointsIn(
  folder: string,
  engines: Engines,
  guard: Guard,
  spent: () => { readonly wallMilliseconds: number; readonly dataMilliseconds: number },
): Checkpoints {
  let unsaved: MetaProgress | undefined;
  let saved = milliseconds();
  const save = (): void => {
    if (unsaved === undefined) return;
    const { outerStep, learned, memory = {}, curve: rows, gradientEvaluations } = unsaved;
    const curve = rows.map((row) => ({ ...row }));
    const progress = { outerStep, curve, gradientEvaluations, ...spent() };
    const tensors = flatten({ learned, memory }, isHostArray);
    writeCheckpoint(folder, storedProgress, { tensors, progress, engines }, guard);
    unsaved = undefined;
    saved = milliseconds();
  };
  const offer = (progress: MetaProgress): void => {
    unsaved = progress;
    if (milliseconds() - saved >= CHECKPOINT_SECONDS * 1000) save();
  };
  return { offer, save };
}

/** What was learned, with what a reader needs to apply it. */
function learnedFile(
  config: ResolvedConfig,
  cell: MetaTrainCell,
  parameters: Leaves<ParameterSpec>,
  learned: LearnedValues,
): LearnedFile {
  const { method, settings } = rowOf(config, cell.method).learning!;
  return {
    numerics: NUMERICS,
    method,
    run: cell.id,
    settings: { ...settings },
    domains: cell.metaTrain,
    model: { ...config.model },
    parameters: map(({ shape }) => [...shape], parameters),
    blocks: Object.fromEntries(
      Object.keys(learned).flatMap((name) => (parameters[name] ? [[name, matrixSize(parameters[name])]] : [])),
    ),
    shared: Object.keys(learned).filter((name) => parameters[name] === undefined),
    values: learned,
  };
}

/** What a record says of the data of its domains. */
function dataOf(config: ResolvedConfig, method: LearnerId, domains: readonly Domain[]): RunRecord["data"] {
  const { holdsOut } = LEARNERS.of(method);
  const small = domains.flatMap(({ id, countByClass }) =>
    smallMetaTrainingSets(config, id, countByClass("trainAll"), holdsOut),
  );
  return {
    tag: leastTag(domains.map(({ dataTag }) => dataTag)),
    checksums: Object.fromEntries(domains.map(({ id, checksum }) => [id, checksum])),
    ...(small.length > 0 && { smallSets: small }),
  };
}

/** @throws UserError (run failed) that names what of the learned values is not a finite number. */
function refuseBroken(learned: LearnedValues, steps: number): void {
  const values = flatten(learned, isHostArray);
  const broken = namesNotFinite(values);
  if (broken.length === 0) return;
  throw new UserError(EXIT.runFailed, {
    where: "meta-training",
    given: `diverged by outer step ${steps}: ${broken.map((name) => `${name}, ${flawOf(values[name]!)}`).join("; ")}`,
    accepted: "finite numbers",
    hint: "lower the learning rates of metaTraining",
  });
}
