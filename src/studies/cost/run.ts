import { join } from "node:path";
import { loadConfig, type ResolvedConfig } from "../../config/load.js";
import { type AnalysisStore, openAnalysisStore } from "../../records/analysis-store.js";
import { sizeOf } from "../../engine/host.js";
import { isLearned, learnedCounts, METHOD_IDS } from "../../optimisers/index.js";
import type { Ground } from "../shared/ground.js";
import type { StudyRequest } from "../shared/study.js";
import { imageText, modelOf } from "../shared/model-of-config.js";
import { analysedConfig, analysisId, beginAnalysis } from "../shared/begin.js";
import type { CostOutcome } from "./show.js";
import { stepTimes, type Timing } from "./step-times.js";
import { type MetaParameters, metaParametersKind } from "./record.js";

/** Counts what every method learns, and times its steps unless that is not wanted.
 *  @throws Interrupted between two rounds; those before it are kept. */
export async function runCost(
  request: StudyRequest & Timing & { readonly countsOnly?: boolean },
  ground: Ground,
): Promise<CostOutcome> {
  const config = loadConfig(request);
  const store = openAnalysisStore(join(ground.results, config.experimentFolder));
  const counts = metaParameters(config, ground.data, store);
  const times =
    request.countsOnly === true
      ? undefined
      : await stepTimes(config, await ground.openEngine(config.engine), store, request, ground);
  return { experiment: config.experiment, preset: config.preset, counts, times, folderOf: store.folderOf };
}

/** Counts what every learned method learns for the model of a config, its classifier left out, by building both.
 *  @internal Exported for tests. */
export function metaParameters(config: ResolvedConfig, dataFolder: string, store: AnalysisStore): MetaParameters {
  const model = modelOf(config, dataFolder);
  // Initial weights are not counted, wherever they come from.
  const settings = { model: { ...config.model, pretrained: undefined }, image: imageText(model) };
  const id = analysisId(metaParametersKind, { settings });
  if (store.has(id)) return store.read(metaParametersKind, id);
  const { head } = beginAnalysis(metaParametersKind, analysedConfig(config), { id, settings });
  const backbone = Object.fromEntries(Object.entries(model.parameters).filter(([, { head }]) => head !== true));
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  const record: MetaParameters = {
    ...head(),
    modelParameters: total(Object.values(backbone).map(({ shape }) => sizeOf(shape))),
    rows: METHOD_IDS.filter(isLearned).map((method) => {
      const byBlock = learnedCounts(method, backbone);
      return { method, count: total(Object.values(byBlock)), byBlock };
    }),
  };
  store.write(metaParametersKind, record, {});
  return record;
}
