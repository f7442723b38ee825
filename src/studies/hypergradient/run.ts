import { rmSync } from "node:fs";
import { join } from "node:path";
import type { HypergradientConfig } from "./settings.js";
import { memoryOfMachine } from "../../core/memory.js";
import { derivedSeed } from "../../core/rng.js";
import { openDomain, restrict, type Domain } from "../../data/index.js";
import type { Engine } from "../../engine/engine.js";
import { createMetaLearner } from "../../meta/index.js";
import { blockViews } from "../../meta/metamd/initialise-blocks.js";
import { innerRunner } from "../../meta/metamd/inner-runs.js";
import { reverseCost } from "../../meta/metamd/reverse-run.js";
import { refuseLongTrajectories, trajectoryOf } from "../../meta/metamd/trajectories.js";
import { modelFor, modelIdentity } from "../../training/pretrained.js";
import { supervised } from "../../training/supervised.js";
import { hypergradientKind, type Hypergradients } from "./record.js";
import type { HypergradientOutcome } from "./show.js";
import { compareAt } from "./compare.js";
import { CHECKPOINT, imageTask, learnBlocks } from "../shared/learn-blocks.js";
import { analysisId, beginAnalysis, openOwnStore } from "../shared/begin.js";
import type { Ground } from "../shared/ground.js";
import type { OwnConfig } from "../shared/own-config.js";

/** Compares the hypergradients on every seed of the config, or takes what is finished.
 *  @returns the seeds' records, and how many were made now.
 *  @throws UserError: (data) images are missing; (usage) an inner run does not fit into memory; (run failed) one diverged.
 *  Interrupted: finished seeds stay, and learning goes on from its last outer step. */
export async function runHypergradients(
  config: OwnConfig<HypergradientConfig>,
  ground: Ground<Hypergradients>,
): Promise<HypergradientOutcome> {
  const store = openOwnStore(join(ground.results, config.experimentFolder), config);
  const { seeds, ...settings } = config.value;
  const domain = restrict(openDomain(settings.domain, { folder: ground.data, trainImages: settings.trainImages }), [
    "trainAll",
  ]);
  const { model } = modelFor(settings, domain);
  const longest = Math.max(...settings.horizons);
  refuseLongTrajectories([trajectoryOf("horizons", longest, model, "float32")], memoryOfMachine());
  const numbers = Array.from({ length: seeds }, (_unused, seed) => seed);
  const idOf = (seed: number): string =>
    analysisId(hypergradientKind, { ...decidingSettings(settings, domain), seed, base: settings.seed });
  const todo = numbers.filter((seed) => !store.has(idOf(seed)));
  if (todo.length > 0) {
    const engine = await ground.openEngine();
    ground.progress.begin(config.experimentFolder, numbers.length);
    try {
      for (const seed of todo) {
        const id = idOf(seed);
        const { head } = beginAnalysis(hypergradientKind, config, { id, settings: decidingSettings(settings, domain) });
        const made = await makeSeed(settings, seed, { domain, engine, folder: store.folderOf(id) }, ground);
        const record = { ...head({ engine: engine.details, dataTag: domain.dataTag }), seed, ...made };
        store.write(hypergradientKind, record, {});
        rmSync(join(store.folderOf(id), CHECKPOINT), { recursive: true, force: true });
        ground.onFinished?.(record);
      }
    } finally {
      ground.progress.end();
    }
  }
  const records = numbers.map((seed) => store.read(hypergradientKind, idOf(seed)));
  return { results: ground.results, name: config.experimentFolder, records, fresh: todo.length };
}

type Settings = Omit<HypergradientConfig, "seeds">;

/** All that decides the numbers of a seed. */
function decidingSettings(
  { model, batchSize, horizons, normalise, neumann, learning }: Settings,
  { id, checksum }: Domain,
): Record<string, unknown> {
  return { domain: id, checksum, model: modelIdentity(model), batchSize, horizons, normalise, neumann, learning };
}

/** Learns M, then compares at both ends of learning on one run each, with the same weights and batches. */
async function makeSeed(
  { model: settings, batchSize, horizons, normalise, neumann, learning, seed: base }: Settings,
  seed: number,
  { domain, engine, folder }: { readonly domain: Domain; readonly engine: Engine; readonly folder: string },
  { signal, progress }: Ground<Hypergradients>,
): Promise<Pick<Hypergradients, "horizons" | "points" | "rows">> {
  const problem = supervised(modelFor({ model: settings }, domain).model);
  const split = await domain.split("trainAll");
  const task = imageTask(domain.id, problem, split, batchSize);
  const longest = Math.max(...horizons);
  const back = horizons.reduce((sum, horizon) => sum + reverseCost(horizon), 0);
  const evaluations = createMetaLearner("metamd", learning).budget(1) + 2 * (longest + back);
  let done = 0;
  let doing = "";
  const training = {
    engine,
    tasks: [task],
    parameters: problem.parameters,
    signal,
    divergenceLoss: 1e4,
    seed: derivedSeed(base, "hypergradient", seed, "learning"),
    onStep: () => progress.at(seed + Math.min(1, ++done / evaluations), `${doing}, seed ${seed}`),
  };
  doing = "learning M";
  const blocks = await learnBlocks(learning, training, join(folder, CHECKPOINT));
  const views = blockViews(problem.parameters, learning.includeHead);
  const { innerLearningRate } = learning;
  const runner = innerRunner(training, { innerLearningRate, earlyStopLoss: 0, normalise }, views);
  try {
    const runs = { runner, task, views, seed: derivedSeed(base, "hypergradient", seed, "run") };
    const points = [];
    for (const point of ["first", "learned"] as const) {
      doing = `comparing at the ${point} M`;
      points.push(await compareAt(point, blocks[point], runs, { horizons, neumann, normalise }));
    }
    return {
      horizons: [...horizons].sort((x, y) => x - y),
      points: points.map((one) => one.point),
      rows: points.flatMap(({ rows }) => rows),
    };
  } finally {
    runner.dispose();
  }
}
