import { join } from "node:path";
import { FAMILIES, type FamilyName, type QuadraticConfig, type ResolvedStudy } from "./settings.js";
import type { QuadraticLearning, QuadraticResult } from "../../records/analysis.js";
import { openAnalysisStore, type AnalysisStore } from "../../records/analysis-store.js";
import { compareMethod } from "./compare.js";
import { learnFamily } from "./learn.js";
import { familyOf, QUADRATIC_METHODS, type QuadraticMethod } from "./methods.js";
import { analysisId, refuseOtherConfig } from "../shared/record-head.js";
import type { StudyWatch } from "../shared/study-watch.js";

export interface QuadraticOutcome {
  readonly store: AnalysisStore;
  readonly learned: readonly QuadraticLearning[];
  /** By family and variant, in the order of the methods. */
  readonly results: readonly QuadraticResult[];
  readonly fresh: number;
}

/** Learns a preconditioner for every family and compares it with tuned baselines on tasks that nothing has seen. What is
 *  finished already is not computed again. @throws Interrupted; the same call goes on from there. */
export async function runQuadraticStudy(
  config: ResolvedStudy<QuadraticConfig>,
  results: string,
  watch: StudyWatch,
): Promise<QuadraticOutcome> {
  const folder = join(results, config.experimentFolder);
  const store = openAnalysisStore(folder);
  refuseOtherConfig(store, folder, config);
  let fresh = 0;
  const once = async <Record extends QuadraticLearning | QuadraticResult>(
    id: string,
    make: () => Promise<Record>,
  ): Promise<Record> => {
    const held = store.has(id);
    const record = held ? (store.read(id) as Record) : await make();
    if (!held) fresh++;
    watch.onFinished?.(record, !held);
    return record;
  };
  const [learned, compared]: [QuadraticLearning[], QuadraticResult[]] = [[], []];
  try {
    for (const family of FAMILIES) {
      if (config.value.families[family] === undefined) continue;
      const settings = learningSettings(config.value, family);
      const id = analysisId("quadratic-learning", { settings });
      const learning = await once(id, () => learnFamily(config, store, family, id, settings, watch));
      learned.push(learning);
      for (const variant of ["tuned", "same-lr"] as const)
        for (const method of QUADRATIC_METHODS) {
          const testing = testSettings(config.value, learning, method, variant);
          const id = analysisId("quadratic", { settings: testing });
          compared.push(
            await once(id, () => compareMethod(config, store, learning, method, variant, id, testing, watch)),
          );
        }
    }
  } finally {
    watch.progress.end();
  }
  return { store, learned, results: compared, fresh };
}

const learningSettings = (config: QuadraticConfig, family: FamilyName): Record<string, unknown> => ({
  family,
  seed: config.seed,
  tasks: familyOf(config, family),
  learning: config.learning,
});

/** Everything that a method's numbers depend on: of MetaMD also what was learned, of the others their grid. */
function testSettings(
  config: QuadraticConfig,
  learning: QuadraticLearning,
  method: QuadraticMethod,
  variant: QuadraticResult["variant"],
): Record<string, unknown> {
  const { family } = learning;
  const { selectionTasks, sameLearningRate, learningRates } = config.baselines;
  const rates =
    variant === "same-lr"
      ? [sameLearningRate]
      : method === "metamd"
        ? [config.learning.innerLearningRate]
        : learningRates[method];
  return {
    family,
    method,
    variant,
    seed: config.seed,
    tasks: familyOf(config, family),
    test: config.test,
    learningRates: rates,
    ...(rates.length > 1 && { selectionTasks }),
    ...(method === "metamd" && { learning: learning.id }),
  };
}
