import { join } from "node:path";
import { EXIT, UserError } from "../core/errors.js";
import type { AnalysisKind, AnalysisOf, AnalysisRecord } from "../records/analysis.js";
import { listAnalysed, openAnalysisStore, type AnalysisStore } from "../records/analysis-store.js";
import { listExperiments } from "../records/store.js";
import { readExperiment, type Experiment } from "./experiment.js";

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
const PRESETS = ["paper", "half", "extended", "literal", "desk", "synthetic", "smoke"];

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

/** The run of an experiment that says most of the paper. @param id like "E5", or the name of one that is not the paper's. */
export function experimentOf({ experiments }: Evidence, id: string): Experiment | undefined {
  return fullest(
    experiments.filter(({ plan }) => (plan.config["experiment"] ?? plan.config["name"]) === id),
    ({ plan }) => plan.preset,
  )[0];
}

/** The analyses of a kind that say most of the paper: those of one preset. Of several of the same thing, as with other
 *  settings, the one that was finished last. */
export function analysesOf<Kind extends AnalysisKind>({ analyses }: Evidence, kind: Kind): StoredAnalysis<Kind>[] {
  const ofKind = analyses.filter(({ record }) => record.kind === kind);
  const all = fullest(ofKind, ({ record }) => record.preset);
  const best = all.filter(({ record }) => record.preset === all[0]!.record.preset);
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
  const parts = ["family", "method", "variant", "dataset", "trial", "split", "part"] as const;
  const held: Readonly<Record<string, unknown>> = record;
  return JSON.stringify([kind, experiment, ...parts.map((part) => held[part])]);
}

/** Sorted by what a preset says of the paper, the most first. */
function fullest<Held>(all: readonly Held[], presetOf: (held: Held) => string): Held[] {
  const place = (preset: string): number => (PRESETS.includes(preset) ? PRESETS.indexOf(preset) : PRESETS.length);
  return [...all].sort((a, b) => {
    const [x, y] = [presetOf(a), presetOf(b)];
    return place(x) - place(y) || x.localeCompare(y);
  });
}
