import { join } from "node:path";
import type { ResolvedConfig } from "../../src/config/load.js";
import { SILENT } from "../../src/core/progress.js";
import type { Engine } from "../../src/engine/engine.js";
import type { Outcome } from "../../src/runs/ledger.js";
import { execute } from "../../src/runs/local/execute.js";
import { inThisProcess } from "../../src/runs/local/in-process.js";
import { makePlan } from "../../src/runs/plan/make-plan.js";
import { openLeases } from "../../src/records/leases.js";
import type { Plan } from "../../src/records/plan.js";
import { openRunStore, type RunStore } from "../../src/records/store.js";
import { openedDomains } from "./domains.js";

export interface RunHere {
  readonly plan: Plan;
  readonly store: RunStore;
  readonly outcome: Outcome;
}

/** Runs every cell of a config in this process, or what is left of it. @param folder has the results and no datasets.
 *  @param stopAt steps and gradients of all runs together after which it is stopped. @throws Interrupted then. */
export async function runHere(
  config: ResolvedConfig,
  engine: Engine,
  folder: string,
  stopAt = Infinity,
): Promise<RunHere> {
  const dataFolder = join(folder, "datasets");
  const plan = makePlan(config, dataFolder);
  const store = openRunStore(folder, config.experimentFolder);
  store.writePlan(plan);
  const executor = inThisProcess(plan, config, store, engine, dataFolder);
  const leases = openLeases(store.folder);
  const ground = { config, domains: openedDomains(config, dataFolder), store, leases };
  const stop = new AbortController();
  const at = (steps: number): void => void (steps >= stopAt && stop.abort());
  try {
    const outcome = await execute(plan.cells, ground, executor, { ...SILENT, at }, stop.signal);
    return { plan, store, outcome };
  } finally {
    executor.close();
    leases.close();
  }
}
