import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { EXIT, UserError } from "../core/errors.js";
import { clearTemporary, isThere, makeFolders, writeAtomic, type Guard } from "../core/files.js";
import { canonicalJson } from "../core/hash.js";
import { hasSum } from "./checksums.js";
import { formatCurve, readCurve, type CurveRow } from "./curve.js";
import { jsonText, readJson, writeJson } from "./json-file.js";
import { nameAnew, NUMERICS, numericsInWords } from "./numerics.js";
import { grows, planDifference } from "./plan-difference.js";
import { PLAN_FILE, planSchema, runId, type Cell, type Plan } from "./plan.js";
import { isFinished, RECORD_FILE, recordSchema, type RunRecord } from "./record.js";
import { CURVE, RECORD, writeRunFiles, type RunFiles } from "./run-files.js";
import { writeSafetensors, type Safetensors } from "./safetensors.js";
import { writing } from "./writable.js";

/** The files of one experiment: `<results>/<experiment>/{plan.json, runs/<id>/…, learned/<id>/…}`. */
export interface RunStore {
  readonly folder: string;
  /** Makes the folder and tries a file in it, so that a long run does not end in a write error.
   *  @throws UserError (usage) with the reason and the hint. */
  checkWritable(): void;
  plan(): Plan | undefined;
  /** Refuses what is not the plan of this folder, nor the same grown: of the same runs only what no run depends on may
   *  change, and a plan that left out domains for want of data gives way to one that leaves out fewer.
   *  @throws UserError (usage) when the folder holds another plan, or one of earlier numerics. */
  refuseAnother(plan: Plan): void;
  /** Writes the plan. @throws as `refuseAnother`. */
  writePlan(plan: Plan): void;
  /** Compares a plan with the folder's, which stays as it is.
   *  @throws UserError (usage) when the folder holds another plan, or none. */
  checkPlan(plan: Plan): void;
  /** Whether a run is finished: done or diverged. A failed one is not. */
  has(id: string): boolean;
  /** Why a run failed; undefined for one that has not. */
  failure(id: string): string | undefined;
  /** Sets the record of a failed run aside, as `failed.json`: the run is then as if it had never been tried. */
  setAside(id: string): void;
  /** Ids of all runs with a record, failed ones too, sorted. */
  list(): string[];
  /** @param cell of the plan, where it is known: the record must be of it.
   *  @throws UserError (data) when the record is missing, damaged, not what was written, of another version or cell. */
  read(id: string, cell?: Cell): RunRecord;
  curve(id: string): CurveRow[];
  /** What `writeRunFiles` writes of a run.
   *  @throws Error when the run is finished already: results are never overwritten. */
  files(record: RunRecord, curve: readonly CurveRow[]): RunFiles;
  /** Writes it at once. @throws as `files` and `writeRunFiles`. */
  write(record: RunRecord, curve: readonly CurveRow[], guard?: Guard): void;
  /** Removes what was on its way into a run's folders, for who has taken the run: nothing that a process which had it
   *  before was writing appears any more. @throws UserError (usage) where the disk refuses. */
  clearUnfinished(id: string): void;
  /** The folder for `writeCheckpoint` and `readCheckpoint`. */
  checkpointFolder(id: string): string;
  /** Where a run's files are. */
  runFolder(id: string): string;
  learnedFile(id: string): string;
  /** Where a run's trained weights are, if they were kept. */
  weightsFile(id: string): string;
  /** Writes trained weights, atomically, before the record. @throws UserError (usage) where the disk refuses. */
  writeWeights(id: string, weights: Safetensors, guard?: Guard): void;
}

const PLAN_HINT =
  "bring it back, or delete it: metamd run with the same config writes it again, and finished runs are kept";

/** Opens an experiment's folder, which need not exist.
 *  @param results the folder of all experiments. */
export function openRunStore(results: string, experiment: string): RunStore {
  const folder = join(results, experiment);
  const runs = join(folder, "runs");
  const recordFile = (id: string): string => join(runs, id, RECORD);
  const curveFile = (id: string): string => join(runs, id, CURVE);

  const store: RunStore = {
    folder,
    checkWritable: () => tryToWrite(folder),
    ...openPlan(folder),
    has: (id) => existsSync(recordFile(id)) && isFinished(store.read(id)),
    failure(id) {
      if (!existsSync(recordFile(id))) return undefined;
      const { state, failure = "for an unknown reason" } = store.read(id);
      return state === "failed" ? failure : undefined;
    },
    setAside(id) {
      writing(folder, () => renameSync(recordFile(id), join(runs, id, "failed.json")));
    },
    list: () => (existsSync(runs) ? readdirSync(runs).filter((id) => existsSync(recordFile(id))) : []).sort(),
    read(id, planned) {
      const path = recordFile(id);
      const hint = `delete ${join(runs, id)}, then metamd run with the same config runs it again`;
      return readJson(path, RECORD_FILE, hint, (record) => {
        if (record.id !== id) return { given: `the record of run ${record.id}`, accepted: id };
        return planned && differenceOf(record.cell, planned);
      });
    },
    curve(id) {
      const path = curveFile(id);
      const rows = readCurve(path);
      if (!hasSum(path)) refuseCut(path, rows, store.read(id));
      return rows;
    },
    files(record, curve) {
      const id = runId.parse(record.id);
      if (store.has(id)) throw new Error(`run ${id} is finished; its record is never overwritten`);
      const texts = { curve: formatCurve(curve), record: jsonText(recordSchema, record) };
      return { experimentFolder: folder, runFolder: join(runs, id), ...texts };
    },
    write: (record, curve, guard) => writeRunFiles(store.files(record, curve), guard),
    clearUnfinished(id) {
      const folders = [join(runs, id), store.checkpointFolder(id), dirname(store.learnedFile(id))];
      writing(folder, () => folders.forEach(clearTemporary));
    },
    checkpointFolder: (id) => join(runs, id, "checkpoint"),
    runFolder: (id) => join(runs, id),
    learnedFile: (id) => join(folder, "learned", id, "optimiser.safetensors"),
    weightsFile: (id) => join(runs, id, "weights.safetensors"),
    writeWeights(id, weights, guard) {
      writing(folder, () => writeSafetensors(store.weightsFile(id), weights, guard));
    },
  };
  return store;
}

/** The plan of an experiment's folder. */
function openPlan(folder: string): Pick<RunStore, "plan" | "refuseAnother" | "writePlan" | "checkPlan"> {
  const planFile = join(folder, "plan.json");
  const opened: ReturnType<typeof openPlan> = {
    plan: () => (existsSync(planFile) ? readJson(planFile, PLAN_FILE, PLAN_HINT) : undefined),
    refuseAnother(plan) {
      const held = opened.plan();
      if (held === undefined) return;
      refuseEarlier(folder, held);
      if (!haveSameRuns(held, plan) && !completes(held, plan) && !grows(held, plan))
        throw new UserError(EXIT.usage, { where: planFile, ...planDifference(held, plan, folder) });
    },
    writePlan(plan) {
      opened.refuseAnother(plan);
      const held = opened.plan();
      if (held !== undefined && canonicalJson(held) === canonicalJson(plan)) return;
      writing(folder, () => writeJson(planFile, planSchema, plan));
    },
    checkPlan(plan) {
      const held = opened.plan();
      if (held === undefined)
        throw new UserError(EXIT.usage, { where: planFile, given: "no such file", accepted: "the experiment's plan" });
      refuseEarlier(folder, held);
      if (!haveSameRuns(held, plan) && !grows(plan, held))
        throw new UserError(EXIT.usage, { where: planFile, ...planDifference(held, plan, folder) });
    },
  };
  return opened;
}

function tryToWrite(folder: string): void {
  writing(folder, () => {
    makeFolders(folder);
    const probe = join(folder, ".write-probe");
    writeAtomic(probe, "");
    rmSync(probe);
  });
}

/** Refuses to go on with runs of earlier numerics: they are only read.
 *  @throws UserError (usage) that says what to name new ones. */
export function refuseEarlier(folder: string, { numerics, experiment, config }: Plan): void {
  if (numerics === NUMERICS) return;
  const name = typeof config.name === "string" ? config.name : experiment;
  throw new UserError(EXIT.usage, {
    where: folder,
    given: `runs of ${numericsInWords(numerics)}`,
    accepted: `a folder of ${numericsInWords(NUMERICS)}, which this metamd computes: the two are never mixed`,
    hint:
      "keep it, since tables, figures and reports read it; " +
      `make new runs with --set name=${nameAnew(name, NUMERICS)}, or in another --results folder`,
  });
}

/** What an earlier program wrote has no checksum, but a curve of steps ends where its run did.
 *  @throws UserError (data) for one that ends before. */
function refuseCut(path: string, rows: readonly CurveRow[], { counts, state }: RunRecord): void {
  const last = rows.at(-1)?.step;
  if (state === "failed" || last === undefined || last >= counts.steps) return;
  throw new UserError(EXIT.data, {
    where: path,
    given: `cut: it ends at step ${last} of ${counts.steps}`,
    accepted: "the curve of the whole run",
    hint: "delete the run's folder and run again",
  });
}

/** What of a record's cell is not as in the plan. Which runs had to be finished before it decides no number. */
function differenceOf(held: Cell, planned: Cell): { readonly given: string; readonly accepted: string } | undefined {
  if (JSON.stringify(held) === JSON.stringify(planned)) return undefined;
  const [given, accepted] = [held, planned].map((cell): Readonly<Record<string, unknown>> => ({
    ...cell,
    dependsOn: [],
  }));
  const names = [...new Set([...Object.keys(given!), ...Object.keys(accepted!)])];
  const name = names.find((each) => canonicalJson(given![each] ?? null) !== canonicalJson(accepted![each] ?? null));
  if (name === undefined) return undefined;
  const memberText = (value: unknown): string => `${name} ${JSON.stringify(value) ?? "absent"}`;
  return {
    given: `the record of a run with ${memberText(given![name])}`,
    accepted: `${memberText(accepted![name])}, as in the plan`,
  };
}

/** Whether two plans are of the same runs by the same ids: titles, and where a file lies, may differ. */
export function haveSameRuns(held: Plan, plan: Plan): boolean {
  // Why a domain is missing names a folder, which may have been moved since.
  const runsOf = ({ cells, missing }: Plan): string =>
    canonicalJson({ cells, missing: missing.map(({ domain }) => domain) });
  return runsOf(held) === runsOf(plan);
}

/** Whether a plan is another of the same config with more of its data. */
function completes(held: Plan, plan: Plan): boolean {
  const before = held.missing.map(({ domain }) => domain);
  const sameConfig = canonicalJson(held.config) === canonicalJson(plan.config);
  const fewer = plan.missing.length < before.length && plan.missing.every(({ domain }) => before.includes(domain));
  return sameConfig && held.configHash === plan.configHash && fewer;
}

/** Names of the experiments in a results folder: the folders that have a plan. */
export function listExperiments(results: string): string[] {
  if (!isThere(results)) return [];
  return readdirSync(results)
    .filter((name) => existsSync(join(results, name, "plan.json")))
    .sort();
}
