import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { mean, median, std } from "../../core/averages.js";
import { milliseconds } from "../../core/clock.js";
import { Interrupted } from "../../core/errors.js";
import type { ResolvedConfig } from "../../config/load.js";
import { rowOf, steppingVariants, type Row } from "../../config/variants.js";
import type { Engine } from "../../engine/engine.js";
import type { MethodId } from "../../optimisers/index.js";
import { stepTimesKind, type StepTimes } from "./record.js";
import type { AnalysisStore } from "../../records/analysis-store.js";
import { readJson, writeJson } from "../../records/json-file.js";
import type { Model } from "../../models/model.js";
import { inBlocks, type Contestant } from "../../training/blocks.js";
import { gradientProbe, modelProbe, type StepProbe } from "../../training/step-probe.js";
import { machine } from "../../records/machine.js";
import { imageText, modelOf } from "../shared/model-of-config.js";
import { analysedConfig, analysisId, beginAnalysis } from "../shared/begin.js";
import type { Ground } from "../shared/ground.js";

/** How long is measured. */
export interface Timing {
  /** Steps before anything is timed. */
  readonly warmUp: number;
  readonly blocks: number;
  /** Steps of a block. */
  readonly blockSteps: number;
}

/** The methods that others are compared with, and the one whose step is a plain update. */
const BASELINE = "sgd_momentum";
const PLAIN = "sgd";
/** Name of the gradient alone among the methods. */
const GRADIENT = "gradient";

const PROGRESS_VERSION = 1;
/** Times of finished blocks, in milliseconds, by method. */
const progressSchema = z.strictObject({
  schemaVersion: z.literal(PROGRESS_VERSION),
  blocks: z.int().nonnegative(),
  wallMilliseconds: z.number(),
  times: z.record(z.string(), z.array(z.number())),
});
type Progress = z.output<typeof progressSchema>;

/** The rows that are timed: the methods of a config, the baselines and K-FAC, whose step is the dearest; then the variants
 *  whose step is another.
 *  @internal Exported for tests. */
export const timedRows = (config: ResolvedConfig): Row[] => [
  ...[...new Set<MethodId>([PLAIN, BASELINE, ...config.methods, "kfac"])].map((id) => rowOf(config, id)),
  ...steppingVariants(config),
];

/** Times a training step of every row on made-up images, in blocks that take turns, from the blocks that are done
 *  already. A step's time has three shares: the gradient, measured alone; what a step of plain SGD takes beyond it; and
 *  what the method's step takes beyond that of plain SGD.
 *  @throws Interrupted between two blocks; those before it are kept. */
export async function stepTimes(
  config: ResolvedConfig,
  engine: Engine,
  store: AnalysisStore,
  length: Timing,
  ground: Pick<Ground, "data" | "signal" | "progress">,
): Promise<StepTimes> {
  const model = modelOf(config, ground.data);
  const { batchSize } = config.training;
  const timed = timedRows(config);
  const methods = timed.map(({ id }) => id);
  const settings = settingsOf(config, model, timed, engine, length);
  const id = analysisId(stepTimesKind, { settings });
  if (store.has(id)) return store.read(stepTimesKind, id);
  const { head } = beginAnalysis(stepTimesKind, analysedConfig(config), { id, settings });

  const file = join(store.folderOf(id), "progress.json");
  const held = readProgress(file);
  const names = [GRADIENT, ...methods];
  const probeOf = (name: string, before: number): StepProbe => {
    if (name === GRADIENT) return gradientProbe(engine, model, batchSize);
    const { method, settings } = timed.find(({ id }) => id === name)!;
    return modelProbe(engine, model, method, batchSize, settings, before);
  };
  if (held.blocks < length.blocks) await measure(names, probeOf, length, { held, file }, ground);
  const record: StepTimes = {
    ...head({ engine: engine.details }),
    wallMilliseconds: held.wallMilliseconds,
    batchSize,
    image: imageText(model),
    rows: rowsOf(methods, held.times, length),
  };
  store.write(stepTimesKind, record, {});
  rmSync(file, { force: true });
  return record;
}

/** What decides an analysis's id: of a caller's flags nothing else may reach the record. */
function settingsOf(
  config: ResolvedConfig,
  model: Model,
  timed: readonly Row[],
  engine: Engine,
  { warmUp, blocks, blockSteps }: Timing,
): Record<string, unknown> {
  const { hardware } = machine();
  return {
    model: config.model,
    image: imageText(model),
    classes: model.classes,
    batchSize: config.training.batchSize,
    warmUp,
    blocks,
    blockSteps,
    methods: timed.map(({ id, settings }) => ({ method: id, settings })),
    engine: engine.details,
    cpu: hardware.cpu,
    cores: hardware.cores,
  };
}

/** A step's time of every method, with its shares. */
function rowsOf(
  methods: readonly string[],
  timesOf: Progress["times"],
  { blocks, blockSteps }: Timing,
): StepTimes["rows"] {
  const gradient = mean(timesOf[GRADIENT]!);
  const plain = mean(timesOf[PLAIN]!);
  return methods.map((method) => {
    const times = timesOf[method]!;
    return {
      method,
      mean: mean(times),
      std: std(times) ?? 0,
      median: median(times),
      blocks,
      blockSteps,
      gradient,
      preconditioning: mean(times) - plain,
      update: plain - gradient,
    };
  });
}

/** Times the blocks that are left, and keeps each round in a file. */
async function measure(
  names: readonly string[],
  probeOf: (name: string, before: number) => StepProbe,
  { warmUp, blocks, blockSteps }: Timing,
  { held, file }: { readonly held: Progress; readonly file: string },
  { signal, progress }: Pick<Ground, "signal" | "progress">,
): Promise<void> {
  const begun = milliseconds();
  const spentBefore = held.wallMilliseconds;
  const left = blocks - held.blocks;
  let steps = 0;
  progress.begin("step times", names.length * (warmUp + left * blockSteps));
  const contestants: (Contestant & { name: string; probe: StepProbe })[] = [];
  const run = (name: string, probe: StepProbe, count: number): number[] =>
    Array.from({ length: count }, () => {
      if (signal.aborted) throw new Interrupted();
      const [time] = probe.run(1);
      progress.at(++steps, name);
      return time!;
    });
  try {
    for (const name of names) {
      const probe = probeOf(name, held.blocks * blockSteps);
      contestants.push({ name, probe, steps: blockSteps, run: (count) => run(name, probe, count) });
      run(name, probe, warmUp);
    }
    const round: Record<string, readonly number[]> = {};
    await inBlocks(contestants, left, ({ name }, times) => {
      round[name] = times;
      if (name !== names.at(-1)) return;
      for (const one of names) held.times[one] = [...(held.times[one] ?? []), ...round[one]!];
      held.blocks++;
      held.wallMilliseconds = spentBefore + milliseconds() - begun;
      writeJson(file, progressSchema, held);
    });
  } finally {
    progress.end();
    for (const { probe } of contestants) probe.dispose();
  }
}

function readProgress(file: string): Progress {
  if (!existsSync(file)) return { schemaVersion: PROGRESS_VERSION, blocks: 0, wallMilliseconds: 0, times: {} };
  const hint = "delete it, then the same command starts again";
  const format = { schema: progressSchema, version: PROGRESS_VERSION, what: "the times of finished blocks" };
  return readJson(file, format, hint);
}
