import type { ResolvedConfig } from "../../config/load.js";
import { sizeOf } from "../../engine/host.js";
import { isLearned, learnedCounts, METHOD_IDS } from "../../optimisers/index.js";
import { metaParametersKind, type MetaParameters } from "./record.js";
import type { AnalysisStore } from "../../records/analysis-store.js";
import { imageText, modelOf } from "../shared/model-of-config.js";
import { analysedConfig, analysisId, beginAnalysis } from "../shared/begin.js";

/** Counts what every learned method learns for the model of a config, its classifier left out, by building both. */
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
