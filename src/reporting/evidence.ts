import { join } from "node:path";
import { EXIT, UserError } from "../core/errors.js";
import { oneOf, type AnalysisKind, type AnalysisRecord } from "../records/analysis.js";
import { listAnalysed, openAnalysisStore, type AnalysisStore } from "../records/analysis-store.js";
import { nameAnew } from "../records/numerics.js";
import type { Plan } from "../records/plan.js";
import { listExperiments } from "../records/store.js";
import { isVariant, readExperiment, type Experiment } from "./experiment.js";
import { PRESETS, sizeOf, type Sized } from "./presets.js";
import type { Evidence, StoredAnalysis, StudyShow } from "./study-show.js";

/** Reads a results folder. @param studies whose analyses are known. @param preset leaves the records of all others out.
 *  @throws UserError: (usage) there is nothing in it; (data) a file is damaged. */
export function readEvidence(results: string, studies: readonly StudyShow[], preset?: string): Evidence {
  const wanted = (held: { preset: string }): boolean => preset === undefined || held.preset === preset;
  const experiments = listExperiments(results)
    .map((name) => readExperiment(results, name))
    .filter(({ plan }) => wanted(plan));
  const analyses = listAnalysed(results)
    .flatMap((name) => analysesIn(openAnalysisStore(join(results, name)), studies))
    .filter(({ record }) => wanted(record));
  if (experiments.length + analyses.length > 0) return { results, experiments, analyses, studies };
  throw new UserError(EXIT.usage, {
    where: results,
    given: preset === undefined ? "no experiment in this folder" : `no experiment of preset ${preset} in this folder`,
    accepted: `a folder with ${join("<experiment>", "plan.json")}`,
    hint: "metamd run --config FILE first, or name the folder with --results DIR",
  });
}

/** What is known of one experiment. @param folder of its results. */
export const onlyExperiment = ({ experiments, analyses, ...held }: Evidence, folder: string): Evidence => ({
  ...held,
  experiments: experiments.filter(({ plan }) => plan.experiment === folder),
  analyses: analyses.filter(({ record }) => record.experiment === folder),
});

/** The analyses of a folder. @throws UserError (data): a file is damaged, or of a kind that no study makes. */
export function analysesIn(store: AnalysisStore, studies: readonly StudyShow[]): StoredAnalysis[] {
  const known = oneOf(studies.flatMap(({ kinds }) => kinds));
  return store.list().map((id) => ({ store, record: store.read(known, id) }));
}

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

/** The runs of the paper's experiments, each of the preset that says most, and every other experiment. Variants of methods
 *  are left out: lines of one colour, more than can be told apart. */
export function shownExperiments(evidence: Evidence): Experiment[] {
  const ids = evidence.experiments.map(({ plan }) => plan.config["experiment"]);
  return evidence.experiments
    .filter((one, i) => typeof ids[i] !== "string" || experimentOf(evidence, ids[i]) === one)
    .map((one) => ({ ...one, plan: { ...one.plan, methods: one.plan.methods.filter(({ id }) => !isVariant(id)) } }));
}

/** What is of the same numerics and size, and may stand in one table. */
export const ofOneKind = (a: Made, b: Made): boolean => a.numerics === b.numerics && sizeOf(a) === sizeOf(b);

/** The analyses of a kind that say most of the paper: those of one preset, with the same numerics. Of several of the same
 *  thing, as with other settings, the one that was finished last. */
export function analysesOf<Kind extends AnalysisKind>(
  { analyses }: Pick<Evidence, "analyses">,
  { kind, of }: Kind,
): StoredAnalysis<Kind>[] {
  const ofKind = analyses.filter(({ record }) => record.kind === kind);
  const all = fullest(ofKind, ({ record }) => record);
  const best = all.filter(({ record }) => ofOneKind(record, all[0]!.record));
  const newest = new Map<string, StoredAnalysis>();
  for (const one of best) {
    const key = subjectOf(one.record, of);
    const other = newest.get(key);
    if (other === undefined || other.record.finishedAt <= one.record.finishedAt) newest.set(key, one);
  }
  return [...newest.values()] as StoredAnalysis<Kind>[];
}

/** What an analysis is of, whatever its settings are. */
function subjectOf(record: AnalysisRecord, of: readonly string[]): string {
  const held: Readonly<Record<string, unknown>> = record;
  return JSON.stringify([record.experiment, ...of.map((member) => held[member])]);
}

/** What decides how much of the paper something says. */
interface Made extends Sized {
  readonly numerics: number;
}

/** Sorted by what they say of the paper, the most first: the latest numerics, then the fullest preset; what is made smaller
 *  comes after all that is not, but for smoke runs. */
function fullest<Held>(all: readonly Held[], made: (held: Held) => Made): Held[] {
  const whole = ({ preset }: Made): number => {
    const known = PRESETS.findIndex((one) => one === preset);
    return known < 0 ? PRESETS.length : known;
  };
  const place = (one: Made): number =>
    one.ownSize === undefined ? whole(one) : Math.max(whole(one), PRESETS.indexOf("smoke") - 0.5);
  return [...all].sort((a, b) => {
    const [x, y] = [made(a), made(b)];
    return y.numerics - x.numerics || place(x) - place(y) || whole(x) - whole(y) || x.preset.localeCompare(y.preset);
  });
}
