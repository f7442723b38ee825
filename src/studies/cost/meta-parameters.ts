import type { ResolvedConfig } from "../../config/load.js";
import { sizeOf } from "../../engine/host.js";
import { isLearned, learnedCounts, METHOD_IDS } from "../../optimisers/index.js";
import type { AnalysisOf } from "../../records/analysis.js";
import type { AnalysisStore } from "../../records/analysis-store.js";
import { imageText, modelOf } from "../shared/model-of-config.js";
import { untrainedHead } from "../shared/untrained-head.js";

/** Counts what every learned method learns for the model of a config, its classifier left out, by building both. */
export function metaParameters(
  config: ResolvedConfig,
  dataFolder: string,
  store: AnalysisStore,
): AnalysisOf<"meta-parameters"> {
  const model = modelOf(config, dataFolder);
  // Initial weights are not counted, wherever they come from.
  const head = untrainedHead(config, "meta-parameters", {
    model: { ...config.model, pretrained: undefined },
    image: imageText(model),
  });
  if (store.has(head.id)) return store.read(head.id) as AnalysisOf<"meta-parameters">;
  const backbone = Object.fromEntries(Object.entries(model.parameters).filter(([, { head }]) => head !== true));
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  const record: AnalysisOf<"meta-parameters"> = {
    ...head.finished(),
    kind: "meta-parameters",
    modelParameters: total(Object.values(backbone).map(({ shape }) => sizeOf(shape))),
    rows: METHOD_IDS.filter(isLearned).map((method) => {
      const byBlock = learnedCounts(method, backbone);
      return { method, count: total(Object.values(byBlock)), byBlock };
    }),
  };
  store.write(record, {});
  return record;
}
