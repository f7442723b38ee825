import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../core/files.js";
import type { RunRecord } from "../../records/record.js";
import type { Plan } from "../../records/plan.js";
import type { Experiment } from "../experiment.js";
import type { Evidence, StoredAnalysis } from "../study-show.js";
import { windowedCurve } from "../measured/curves.js";
import { NEUTRAL, styleOf, variableOf } from "../figures/theme.js";
import { sampled } from "../figures/thin.js";
import { divergenceWords } from "./divergence.js";

/** Points of a run's curve on the page. */
const POINTS = 40;
/** Curves of tuning runs are on the page while there are no more runs than this. */
const MOST_CURVES = 1500;

/** A training curve, window by window. */
interface PageCurve {
  readonly step: readonly number[];
  readonly loss: readonly number[];
  readonly seconds: readonly number[];
}

/** What the page knows of a run, or of an analysis. */
interface PageRun {
  readonly id: string;
  readonly experiment: string;
  readonly phase: string;
  readonly state: string;
  readonly file: string;
  readonly method?: string | undefined;
  readonly dataset?: string | undefined;
  readonly trial?: number | undefined;
  readonly seed?: number | undefined;
  readonly rate?: number | undefined;
  readonly decay?: number | undefined;
  /** In percent. */
  readonly test?: number | undefined;
  readonly validation?: number | undefined;
  readonly auc?: number | string | undefined;
  readonly loss?: number | undefined;
  readonly steps?: number | undefined;
  readonly epochs?: number | undefined;
  readonly seconds?: number | undefined;
  /** Why it failed or where it diverged. */
  readonly why?: string | undefined;
  /** Ids of the runs that it needed. */
  readonly needs?: readonly string[] | undefined;
  readonly origin?: string | undefined;
  readonly curve?: PageCurve | undefined;
}

/** What the page's scripts show runs from, as JSON. */
export interface RunData {
  /** Folder of the results, as it was given. */
  readonly results: string;
  /** The command that makes an experiment's records, by folder. */
  readonly commands: Readonly<Record<string, string>>;
  /** Colour and dash of every method. */
  readonly looks: Readonly<Record<string, { readonly colour: string; readonly dash: string }>>;
  /** Colours of axes and text. */
  readonly neutral: Readonly<Record<string, string>>;
  readonly titles: Readonly<Record<string, string>>;
  readonly runs: readonly PageRun[];
}

/** Every run and analysis, with the curves of the trials, and of tuning while there are not too many. */
export function runData(evidence: Evidence, methods: Plan["methods"]): RunData {
  const { results, experiments, analyses } = evidence;
  const count = experiments.reduce((sum, { records }) => sum + records.size, 0);
  const runs = experiments.flatMap((one) =>
    [...one.records.values()].map((record) => pageRun(one, record, count <= MOST_CURVES)),
  );
  return {
    results,
    commands: Object.fromEntries(experiments.map(({ plan }) => [plan.experiment, commandOf(plan)])),
    titles: Object.fromEntries(methods.map(({ id, title }) => [id, title])),
    looks: Object.fromEntries(methods.map((one) => [one.id, lookOf(one)])),
    neutral: Object.fromEntries(Object.entries(NEUTRAL).map(([name, { colour }]) => [name, colourOf(name, colour)])),
    runs: [...runs, ...analyses.map(pageAnalysis)],
  };
}

const lookOf = ({ id, look }: Plan["methods"][number]): { colour: string; dash: string } => {
  const { colour, dash } = styleOf(id, look);
  return { colour: colourOf(id, colour), dash: dash.join(" ") };
};

/** The page's custom property, or the colour on white. */
const colourOf = (name: string, colour: string): string => `var(${variableOf(name)}, ${colour})`;

function pageRun(experiment: Experiment, record: RunRecord, allCurves: boolean): PageRun {
  const { id, cell, state, selected, metrics, counts, timings, failure, divergence } = record;
  const folder = experiment.plan.experiment;
  const trained = (state === "done" || state === "diverged") && cell.phase !== "meta-train";
  return {
    id,
    experiment: folder,
    phase: cell.phase,
    state,
    file: join(folder, "runs", id, "record.json"),
    method: cell.method,
    dataset: cell.holdout,
    ...(cell.phase === "trial" && { trial: cell.trial }),
    seed: cell.seed,
    rate: selected?.learningRate,
    decay: selected?.weightDecay,
    test: percent(metrics.testAccuracy),
    validation: percent(metrics.validationAccuracy),
    auc: metrics.auc === undefined || Number.isFinite(metrics.auc) ? digits(metrics.auc, 5) : "infinite",
    loss: digits(metrics.lastTrainLoss, 4),
    steps: counts.steps,
    epochs: digits(counts.epochs, 4),
    seconds: digits(timings.wallMilliseconds / 1000, 4),
    ...(failure !== undefined && { why: failure }),
    ...(divergence !== undefined && { why: divergenceWords(divergence) }),
    ...(cell.dependsOn.length > 0 && cell.dependsOn.length <= 8 && { needs: cell.dependsOn }),
    origin: originOf(record),
    ...(trained && (allCurves || cell.phase === "trial") && { curve: curveOf(experiment, record) }),
  };
}

function curveOf(experiment: Experiment, record: RunRecord): PageCurve | undefined {
  const { at, losses } = windowedCurve(experiment, record);
  const places = sampled(
    Array.from(losses, (_loss, i) => i),
    POINTS,
  ).filter((i) => Number.isFinite(losses[i]));
  if (places.length === 0) return undefined;
  return {
    step: places.map((i) => at.step[i]!),
    loss: places.map((i) => digits(losses[i], 4)!),
    seconds: places.map((i) => digits(at.time[i], 4)!),
  };
}

function pageAnalysis({ record }: StoredAnalysis): PageRun {
  const { id, experiment, kind } = record;
  const held: Readonly<Record<string, unknown>> = record;
  const word = (name: string): string | undefined => (typeof held[name] === "string" ? held[name] : undefined);
  return {
    id,
    experiment,
    phase: kind,
    state: "done",
    file: join(experiment, "analyses", id, "record.json"),
    method: word("method"),
    dataset: word("holdout") ?? word("dataset"),
  };
}

/** What runs an experiment again. A config that is not shipped is called FILE. */
function commandOf({ config, preset }: Plan): string {
  const name = typeof config["name"] === "string" ? `${config["name"]}.yaml` : "";
  const shipped = name !== "" && existsSync(join(packageRoot(), "configs", name));
  const chosen = preset === "paper" ? "" : ` --preset ${preset}`;
  return `metamd run --config ${shipped ? `configs/${name}` : "FILE"}${chosen}`;
}

/** "wasm, float32, 2 cores of AMD EPYC, commit 0123456789". */
function originOf({ engine, earlierEngines = [], hardware, git, startedAt }: RunRecord): string {
  const commit = git === null ? [] : [`commit ${git.commit.slice(0, 10)}${git.dirty ? " and changes" : ""}`];
  const begun = `begun ${startedAt.slice(0, 16).replace("T", " ")}`;
  const engines = [...earlierEngines, engine].map(({ name, precision, gpu, device }) =>
    [name, precision, ...(gpu ? [device?.name ?? "GPU"] : [])].join(", "),
  );
  return [engines.join(", then "), hardware.cpu, ...commit, begun].filter((part) => part !== "").join("; ");
}

const percent = (share: number | undefined): number | undefined =>
  share === undefined ? undefined : digits(100 * share, 6);

const digits = (value: number | undefined, count: number): number | undefined =>
  value === undefined || !Number.isFinite(value) ? undefined : Number(value.toPrecision(count));
