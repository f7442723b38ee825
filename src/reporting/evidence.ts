import { join } from "node:path";
import { EXIT, UserError } from "../core/errors.js";
import type { AnalysisKind, AnalysisOf, AnalysisRecord } from "../records/analysis.js";
import { listAnalysed, openAnalysisStore, type AnalysisStore } from "../records/analysis-store.js";
import { nameAnew } from "../records/numerics.js";
import type { Plan } from "../records/plan.js";
import { listExperiments, openRunStore, type RunStore } from "../records/store.js";
import { existsSync } from "node:fs";
import type { RunRecord } from "../records/record.js";

/** An analysis and where its series lie. */
export interface StoredAnalysis<Kind extends AnalysisKind = AnalysisKind> {
  readonly store: AnalysisStore;
  readonly record: AnalysisOf<Kind>;
}

/** Everything that a results folder holds. */
export interface Evidence {
  readonly results: string;
  readonly experiments: readonly Experiment[];
  readonly analyses: readonly StoredAnalysis[];
}

/** Presets from the most to the least that they say of the paper; others come after these, by name. */
export const PRESETS = ["paper", "half", "extended", "literal", "desk", "synthetic", "smoke"] as const;

/** Reads a results folder. @param preset leaves the records of all others out.
 *  @throws UserError: (usage) there is nothing in it; (data) a file is damaged. */
export function readEvidence(results: string, preset?: string): Evidence {
  const wanted = (held: { preset: string }): boolean => preset === undefined || held.preset === preset;
  const experiments = listExperiments(results)
    .map((name) => readExperiment(results, name))
    .filter(({ plan }) => wanted(plan));
  const analyses = listAnalysed(results).flatMap((name) => {
    const store = openAnalysisStore(join(results, name));
    return store
      .list()
      .map((id) => ({ store, record: store.read(id) }))
      .filter(({ record }) => wanted(record));
  });
  if (experiments.length + analyses.length > 0) return { results, experiments, analyses };
  throw new UserError(EXIT.usage, {
    where: results,
    given: preset === undefined ? "no experiment in this folder" : `no experiment of preset ${preset} in this folder`,
    accepted: `a folder with ${join("<experiment>", "plan.json")}`,
    remedy: "metamd run --config FILE first, or name the folder with --results DIR",
  });
}

/** What is known of one experiment. @param folder of its results. */
export const onlyExperiment = ({ results, experiments, analyses }: Evidence, folder: string): Evidence => ({
  results,
  experiments: experiments.filter(({ plan }) => plan.experiment === folder),
  analyses: analyses.filter(({ record }) => record.experiment === folder),
});

/** The run of an experiment that says most of the paper. @param id like "E5", or the name of one that is not the paper's,
 *  which may be named anew after the numerics. */
export const experimentOf = (evidence: Evidence, id: string): Experiment | undefined =>
  fullestExperiment(evidence, ({ config, numerics }) => {
    const held = config["experiment"] ?? config["name"];
    return held === id || held === nameAnew(id, numerics);
  });

/** Of the experiments that are wanted, the one that says most of the paper. */
export const fullestExperiment = ({ experiments }: Evidence, wanted: (plan: Plan) => boolean): Experiment | undefined =>
  fullest(
    experiments.filter(({ plan }) => wanted(plan)),
    ({ plan }) => plan,
  )[0];

/** What is of the same numerics and preset, and may stand in one table. */
export const ofOneKind = (a: Made, b: Made): boolean => a.numerics === b.numerics && a.preset === b.preset;

/** The analyses of a kind that say most of the paper: those of one preset, with the same numerics. Of several of the same
 *  thing, as with other settings, the one that was finished last. */
export function analysesOf<Kind extends AnalysisKind>({ analyses }: Evidence, kind: Kind): StoredAnalysis<Kind>[] {
  const ofKind = analyses.filter(({ record }) => record.kind === kind);
  const all = fullest(ofKind, ({ record }) => record);
  const best = all.filter(({ record }) => ofOneKind(record, all[0]!.record));
  const newest = new Map<string, StoredAnalysis>();
  for (const one of best) {
    const key = subjectOf(one.record);
    const other = newest.get(key);
    if (other === undefined || other.record.finishedAt <= one.record.finishedAt) newest.set(key, one);
  }
  return [...newest.values()] as unknown as StoredAnalysis<Kind>[];
}

/** What an analysis is of, whatever its settings are. */
function subjectOf({ kind, experiment, ...record }: AnalysisRecord): string {
  const parts = ["family", "method", "variant", "dataset", "trial", "split", "part", "seed"] as const;
  const held: Readonly<Record<string, unknown>> = record;
  return JSON.stringify([kind, experiment, ...parts.map((part) => held[part])]);
}

/** What decides how much of the paper something says. */
interface Made {
  readonly numerics: number;
  readonly preset: string;
}

/** Sorted by what they say of the paper, the most first: the latest numerics, then the fullest preset. */
function fullest<Held>(all: readonly Held[], made: (held: Held) => Made): Held[] {
  const place = (preset: string): number => {
    const known = PRESETS.findIndex((one) => one === preset);
    return known < 0 ? PRESETS.length : known;
  };
  return [...all].sort((a, b) => {
    const [x, y] = [made(a), made(b)];
    return y.numerics - x.numerics || place(x.preset) - place(y.preset) || x.preset.localeCompare(y.preset);
  });
}

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
  const plan = store.plan();
  if (plan === undefined)
    throw new UserError(EXIT.usage, {
      where: store.folder,
      given: existsSync(store.folder) ? "a folder without plan.json" : "no such folder",
      accepted: "the results folder of an experiment",
      remedy: "metamd run --config FILE, or choose another --results folder",
    });
  let records: ReadonlyMap<string, RunRecord> | undefined;
  return {
    store,
    plan,
    get records() {
      return (records ??= readRecords(store, plan));
    },
  };
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
  const records = plan.cells.flatMap(({ id }): [string, RunRecord][] => {
    if (!known.has(id)) return [];
    const record = store.read(id);
    return [[id, { ...record, config: share(record.config) }]];
  });
  return new Map(records);
}

/** A column of the tables: a hold-out, at one weight decay where trials are run at several. */
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

/** Titles of the columns. */
export const columnTitles = (plan: Plan): string[] => columnsOf(plan).map(({ title }) => title);

/** A file of the experiment's folder. */
export const fileIn = ({ store }: Experiment, name: string): string => join(store.folder, name);
