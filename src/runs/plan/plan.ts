import { milliseconds } from "../../core/clock.js";
import { memoryOfMachine } from "../../core/memory.js";
import type { ResolvedConfig } from "../../config/load.js";
import { readingTime } from "../../data/index.js";
import { openForRuns } from "../../engine/open.js";
import { askedWith, processorsHere } from "../../engine/share.js";
import type { Plan } from "../../records/plan.js";
import { openRunStore, refuseEarlier } from "../../records/store.js";
import type { Computing, PlanOptions, RunOptions } from "../options.js";
import { crowding } from "./crowding.js";
import { availableDomains } from "./available-domains.js";
import { estimateOf, type Estimate } from "./estimate.js";
import { continuing } from "./continuing.js";
import { refuseFullDisk } from "./disk.js";
import { planOf } from "./make-plan.js";
import { noticesOf } from "./notices.js";
import { recordedPrices } from "./recorded-prices.js";
import { probedOf, runShare } from "./run-threads.js";

/** Plans an experiment: every run that `run` would do, those that are done included. Nothing is written.
 *  @throws UserError: (data) data are missing; (usage) something of the config does not fit its files or this machine, or
 *  the results folder holds runs of earlier numerics. */
export function plan(asked: ResolvedConfig, { results, data, skipMissing, onNotice }: PlanOptions): Plan {
  const store = openRunStore(results, asked.experimentFolder);
  const held = store.plan();
  if (held !== undefined) refuseEarlier(store.folder, held);
  const { config, more } = continuing(asked, held);
  const available = availableDomains(config, data, skipMissing ?? false);
  const planned = { ...planOf(config, available), ...more };
  store.refuseAnother(planned);
  refuseFullDisk(planned.cells, config, available.domains, store);
  for (const notice of noticesOf(config, planned)) onNotice?.(notice);
  return planned;
}

/** Says what the runs of a plan that are not done yet cost here: by the records of runs like them on this machine, else by
 *  what is measured now.
 *  @returns the estimate, and how many runs at the same time it is for. */
export async function estimate(
  config: ResolvedConfig,
  planned: Plan,
  options: Pick<PlanOptions, "results" | "data"> & Computing & Pick<RunOptions, "progress">,
): Promise<{ readonly estimate: Estimate; readonly jobs: number }> {
  const { results, data, engine: choice = "auto", progress } = options;
  const store = openRunStore(results, planned.experiment);
  // What was missing is not planned.
  const available = availableDomains(config, data, true);
  const { domains } = available;
  const planningMilliseconds = readingTime(() => planOf(config, available));
  const shared = { config, cells: planned.cells, store, domains };
  const { jobs, threads, gpus } = await runShare(shared, options);
  const begun = milliseconds();
  const using = { threads, gpu: gpus[0], ...config.engine };
  const { engine } = await openForRuns(choice, using, { hasGpu: gpus.length > 0, askedWith: askedWith(options) });
  const openingMilliseconds = milliseconds() - begun;
  const recorded = recordedPrices(results, planned, engine.details);
  const [first] = planned.cells;
  const crowd = { threads: engine.details.threads, engine: engine.details.name };
  const given = {
    domains,
    store,
    engine,
    jobs,
    // A run alone has all of them.
    processors: processorsHere(),
    memoryOfMachine: memoryOfMachine(),
    openingMilliseconds,
    planningMilliseconds,
    recorded,
    progress,
    // Of runs that share a GPU nothing is known.
    ...(first &&
      gpus.length === 0 && {
        crowding: (jobs: number) => crowding(probedOf(config, first, domains), { ...crowd, jobs }),
      }),
  };
  const estimated = await estimateOf(planned, config, given);
  return { estimate: estimated, jobs: estimated.jobs };
}
