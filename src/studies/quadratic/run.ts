import { join } from "node:path";
import { FAMILIES, type FamilyName, type QuadraticConfig } from "./settings.js";
import type { RecordOf } from "../../records/analysis.js";
import { quadraticLearning, quadraticResult, type QuadraticLearning, type QuadraticResult } from "./record.js";
import type { QuadraticOutcome } from "./summary.js";
import { compareMethod } from "./compare.js";
import { learnFamily } from "./learn.js";
import { familyOf, QUADRATIC_METHODS, type QuadraticMethod } from "./methods.js";
import { analysisId, openOwnStore } from "../shared/begin.js";
import type { Ground } from "../shared/ground.js";
import type { OwnConfig } from "../shared/own-config.js";

/** What is around the study. */
export type QuadraticGround = Pick<
  Ground<QuadraticLearning | QuadraticResult>,
  "results" | "signal" | "progress" | "onFinished"
>;

/** Learns a preconditioner for every family and compares it with tuned baselines on tasks that nothing has seen. What is
 *  finished already is not computed again. @throws Interrupted; the same call goes on from there. */
export async function runQuadraticStudy(
  config: OwnConfig<QuadraticConfig>,
  ground: QuadraticGround,
): Promise<QuadraticOutcome> {
  const store = openOwnStore(join(ground.results, config.experimentFolder), config);
  let fresh = 0;
  const once = async <Kind extends typeof quadraticLearning | typeof quadraticResult>(
    kind: Kind,
    id: string,
    make: () => Promise<RecordOf<Kind>>,
  ): Promise<RecordOf<Kind>> => {
    if (store.has(id)) return store.read(kind, id);
    const record = await make();
    fresh++;
    ground.onFinished?.(record);
    return record;
  };
  const [learned, compared]: [QuadraticLearning[], QuadraticResult[]] = [[], []];
  try {
    for (const family of FAMILIES) {
      if (config.value.families[family] === undefined) continue;
      const settings = learningSettings(config.value, family);
      const id = analysisId(quadraticLearning, { settings });
      const learning = await once(quadraticLearning, id, () =>
        learnFamily(config, store, { family, id, settings }, ground),
      );
      learned.push(learning);
      for (const variant of ["tuned", "same-lr"] as const)
        for (const method of QUADRATIC_METHODS) {
          const settings = testSettings(config.value, learning, method, variant);
          const id = analysisId(quadraticResult, { settings });
          compared.push(
            await once(quadraticResult, id, () =>
              compareMethod(config, store, learning, { method, variant, id, settings }, ground),
            ),
          );
        }
    }
  } finally {
    ground.progress.end();
  }
  return { name: config.experimentFolder, store, learned, results: compared, fresh };
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
