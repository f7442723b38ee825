import type { ResolvedConfig } from "../../src/config/load.js";
import type { Engine } from "../../src/engine/engine.js";
import type { RunStore } from "../../src/records/store.js";
import type { EstimateOptions } from "../../src/runs/plan/estimate.js";
import { openedDomains } from "./domains.js";

/** For an estimate of one run at a time, of what nothing is recorded of. */
export const unrecorded = (
  config: ResolvedConfig,
  dataFolder: string,
  store: RunStore,
  engine: Engine,
): EstimateOptions => ({
  domains: openedDomains(config, dataFolder),
  store,
  engine,
  jobs: 1,
  processors: 4,
  memoryOfMachine: Infinity,
  openingMilliseconds: 0,
  planningMilliseconds: 0,
  recorded: () => undefined,
});
