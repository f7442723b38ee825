import { existsSync } from "node:fs";
import { join } from "node:path";
import { trainingLossAuc } from "../core/auc.js";
import { EXIT, UserError } from "../core/errors.js";
import type { Plan } from "../records/plan.js";
import type { RunRecord } from "../records/record.js";
import { METHODS } from "../optimisers/index.js";
import { methodTitle } from "./method-title.js";
import { openRunStore, type RunStore } from "../records/store.js";

/** What reports are made of: the plan, and the records that exist of its runs. */
export interface Experiment {
  readonly store: RunStore;
  readonly plan: Plan;
  /** By run id; read when it is first asked for. */
  readonly records: ReadonlyMap<string, RunRecord>;
}

/** Reads an experiment's plan, and its records when they are first asked for. Runs that the plan does not name are left
 *  out.
 *  @throws UserError: (usage) there is no experiment; (data) a file is damaged, which of a record comes with the records. */
export function readExperiment(results: string, name: string): Experiment {
  const store = openRunStore(results, name);
  const plan = readPlan(store);
  let records: ReadonlyMap<string, RunRecord> | undefined;
  return {
    store,
    plan,
    get records() {
      return (records ??= readRecords(store, plan));
    },
  };
}

/** The plan of an experiment. @throws UserError: (usage) there is none; (data) it is damaged. */
export function readPlan(store: RunStore): Plan {
  const held = store.plan();
  const plan = held && shownPlan(held);
  if (plan !== undefined) return plan;
  throw new UserError(EXIT.usage, {
    where: store.folder,
    given: existsSync(store.folder) ? "a folder without plan.json" : "no such folder",
    accepted: "the results folder of an experiment",
    hint: "metamd run --config FILE, or choose another --results folder",
  });
}

/** Every record of a run of the plan, in the plan's order. Their configs repeat one another: equal ones are one object. */
function readRecords(store: RunStore, plan: Plan): ReadonlyMap<string, RunRecord> {
  const known = new Set(store.list());
  const configs = new Map([[JSON.stringify(plan.config), plan.config]]);
  const share = (config: RunRecord["config"]): RunRecord["config"] => {
    const text = JSON.stringify(config);
    const held = configs.get(text) ?? config;
    configs.set(text, held);
    return held;
  };
  const records = plan.cells.flatMap((cell): [string, RunRecord][] => {
    const { id } = cell;
    if (!known.has(id)) return [];
    const record = store.read(id, cell);
    return [[id, { ...withWindow(record, plan, store), config: share(record.config) }]];
  });
  return new Map(records);
}

/** The plan with the window of the AUC that its tables show, and with methods called as they are everywhere: records of
 *  an earlier version may have another title. */
function shownPlan(plan: Plan): Plan {
  const { aucWindowSteps, config } = plan;
  const methods = plan.methods.map((one) => (METHODS.has(one.id) ? { ...one, title: methodTitle(one.id) } : one));
  if (aucWindowSteps === undefined) return { ...plan, methods };
  return { ...plan, methods, config: { ...config, training: { ...(config["training"] as object), aucWindowSteps } } };
}

/** A record with the area of the plan's window, where its own is another. Of a run in epochs a window is an epoch. */
function withWindow(record: RunRecord, { aucWindowSteps }: Plan, store: RunStore): RunRecord {
  const { state, cell, config, metrics } = record;
  if (aucWindowSteps === undefined || state !== "done" || cell.phase === "meta-train") return record;
  const [training, tuning] = [config["training"], config["tuning"]] as Readonly<Record<string, unknown>>[];
  const steps = (cell.phase === "tune" ? tuning?.["steps"] : undefined) ?? training?.["steps"];
  if (typeof steps !== "number" || training?.["aucWindowSteps"] === aucWindowSteps) return record;
  const losses = store.curve(record.id).flatMap((row) => ("trainLoss" in row ? (row.trainLoss ?? []) : []));
  return { ...record, metrics: { ...metrics, auc: trainingLossAuc(losses, aucWindowSteps, false) } };
}

/** A column of the tables: a holdout, at one weight decay where trials are run at several. */
export interface Column {
  readonly title: string;
  readonly holdout: string;
  readonly weightDecay?: number;
}

/** The columns in their order. Titles are whole domains, or their last part in an experiment that makes a paper's table. */
export function columnsOf({ holdouts, table, cells }: Plan): Column[] {
  const short = holdouts.map((domain) => domain.split("/").at(-1)!);
  const titles = table !== undefined && new Set(short).size === short.length ? short : holdouts;
  const given = cells.flatMap((cell) => (cell.phase === "trial" ? (cell.weightDecay ?? []) : []));
  const decays = [...new Set(given)];
  return holdouts.flatMap((holdout, i): Column[] => {
    const title = titles[i]!;
    if (decays.length === 0) return [{ title, holdout }];
    return decays.map((weightDecay) => ({
      title: `${title} wd ${weightDecayText(weightDecay)}`,
      holdout,
      weightDecay,
    }));
  });
}

/** "0", "1e-5". */
const weightDecayText = (value: number): string => (value === 0 ? "0" : value.toExponential());

/** A method's title; its id where the plan has no such method. */
export const titleOf = ({ methods }: Plan, id: string): string =>
  methods.find((method) => method.id === id)?.title ?? id;

/** A file of the experiment's folder. */
export const fileIn = ({ store }: Experiment, name: string): string => join(store.folder, name);

/** Whether an id is that of a variant of a method, like "metamd/direct". */
export const isVariant = (id: string): boolean => id.includes("/");
