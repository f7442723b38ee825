import { join } from "node:path";
import { loadConfig } from "../../config/load.js";
import { openAnalysisStore } from "../../records/analysis-store.js";
import type { Ground } from "../shared/ground.js";
import type { StudyRequest } from "../shared/study.js";
import { metaParameters } from "./meta-parameters.js";
import type { CostOutcome } from "./show.js";
import { stepTimes, type Length } from "./step-times.js";

/** Counts what every method learns, and times its steps unless that is not wanted.
 *  @throws Interrupted between two rounds; those before it are kept. */
export async function runCost(
  request: StudyRequest & Length & { readonly countsOnly?: boolean },
  { results, data, openEngine, signal, progress }: Ground,
): Promise<CostOutcome> {
  const config = loadConfig(request);
  const store = openAnalysisStore(join(results, config.experimentFolder));
  const counts = metaParameters(config, data, store);
  const times =
    request.countsOnly === true
      ? undefined
      : await stepTimes(config, data, await openEngine(), store, request, signal, progress);
  return { experiment: config.experiment, preset: config.preset, counts, times, folderOf: store.folderOf };
}
