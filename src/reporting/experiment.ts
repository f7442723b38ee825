import { existsSync } from "node:fs";
import { join } from "node:path";
import { EXIT, UserError } from "../core/errors.js";
import type { Plan } from "../records/plan.js";
import type { RunRecord } from "../records/record.js";
import { openRunStore, type RunStore } from "../records/store.js";

/** What reports are made of: the plan, and the records that exist of its runs. */
export interface Experiment {
  readonly store: RunStore;
  readonly plan: Plan;
  /** By run id. */
  readonly records: ReadonlyMap<string, RunRecord>;
}

/** Reads an experiment's folder. Runs that the plan does not name are left out.
 *  @throws UserError: (usage) there is no experiment; (data) a file is damaged. */
export function readExperiment(results: string, name: string): Experiment {
  const store = openRunStore(results, name);
  const plan = store.plan();
  if (plan === undefined)
    throw new UserError(EXIT.usage, {
      where: store.folder,
      given: existsSync(store.folder) ? "a folder without plan.json" : "no such folder",
      accepted: "the results folder of an experiment",
      remedy: "metamd run --config FILE, or choose another --results folder",
    });
  const known = new Set(store.list());
  const records = plan.cells.filter(({ id }) => known.has(id)).map(({ id }) => [id, store.read(id)] as const);
  return { store, plan, records: new Map(records) };
}

/** Titles of the columns: the whole domain, or its last part in an experiment that makes a paper's table. */
export function columnTitles({ holdouts, table }: Plan): string[] {
  const short = holdouts.map((domain) => domain.split("/").at(-1)!);
  return table !== undefined && new Set(short).size === short.length ? short : [...holdouts];
}

/** A file of the experiment's folder. */
export const fileIn = ({ store }: Experiment, name: string): string => join(store.folder, name);
