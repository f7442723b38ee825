import { EMPTY_CELL, type MeasuredCell, type Measurements } from "./measured.js";
import { analysesOf, type Evidence, type StoredAnalysis } from "../evidence.js";
import type { AnalysisKind, AnalysisOf, AnalysisRecord } from "../../records/analysis.js";

/** Iterations until the stop on the test tasks of both quadratic families, each method at its tuned rate: a column per
 *  family, a pair per task. A task that was given up needs infinitely many. */
export function measureIterations(evidence: Evidence): Measurements | undefined {
  const found = latest(
    analysesOf(evidence, "quadratic").filter(({ record }) => record.variant === "tuned"),
    ({ family, method }) => `${family} ${method}`,
  );
  if (found.length === 0) return undefined;
  const families = ["top", "bottom"];
  const cell = (family: string, method: string): MeasuredCell => {
    const one = found.find(({ record }) => record.family === family && record.method === method);
    if (one === undefined) return EMPTY_CELL;
    const tasks = one.store.series<"quadratic">(one.record, "tasks");
    const needed = new Map(
      tasks.map(({ task, iterations, converged }) => [String(task), converged === 1 ? iterations! : Infinity]),
    );
    return { values: needed, runs: [one.record.id] };
  };
  return {
    preset: found[0]!.record.preset,
    numerics: found[0]!.record.numerics,
    columns: families.map((id) => ({ id, standIn: false })),
    rows: tabulate(methodsOf(found), families, (method, family) => cell(family, method)),
  };
}

/** Time of an iteration, of which mean and spread over the timed blocks were kept. */
export function measureTimes(evidence: Evidence, experiments: readonly string[]): Measurements | undefined {
  const one = firstOf(evidence, "step-times", experiments);
  if (one === undefined) return undefined;
  const cell = ({ mean, std, blocks }: (typeof one.record.rows)[number]): MeasuredCell => ({
    values: new Map(),
    summary: { mean, std, n: blocks },
    runs: [one.record.id],
  });
  return {
    preset: one.record.preset,
    numerics: one.record.numerics,
    columns: [{ id: "time", standIn: false }],
    rows: new Map(one.record.rows.map((row) => [row.method, [cell(row)]])),
  };
}

/** Meta-parameters, which are counted: one value without spread. */
export function measureCounts(evidence: Evidence, experiments: readonly string[]): Measurements | undefined {
  const one = firstOf(evidence, "meta-parameters", experiments);
  if (one === undefined) return undefined;
  const cell = (count: number): MeasuredCell => ({ values: new Map([["count", count]]), runs: [one.record.id] });
  return {
    preset: one.record.preset,
    numerics: one.record.numerics,
    columns: [{ id: "count", standIn: false }],
    rows: new Map(one.record.rows.map(({ method, count }) => [method, [cell(count)]])),
  };
}

/** Largest eigenvalue, or rank score on the test split, of trained models: a column per dataset, a pair per trial. Where a
 *  model was looked at several times, the look at most images counts; where methods were looked at on unequal numbers of
 *  images, a column is incomplete. */
export function measureSolutions(
  evidence: Evidence,
  metric: "lambda_max" | "low_rank_score",
  experiments: readonly string[],
): Measurements | undefined {
  const looks =
    metric === "lambda_max"
      ? ofExperiment(evidence, "sharpness", experiments).map(({ record }) => ({
          record,
          value: record.eigenvalues[0]!,
        }))
      : ofExperiment(evidence, "rank", experiments).flatMap(({ record }) =>
          record.split === "test" ? [{ record, value: record.score }] : [],
        );
  if (looks.length === 0) return undefined;
  const datasets = [...new Set(looks.map(({ record }) => record.dataset))].sort();
  const methods = [...new Set(looks.map(({ record }) => record.method))].sort();
  const cell = (method: string, dataset: string): MeasuredCell => {
    const images = Math.max(...looks.map(({ record }) => (record.dataset === dataset ? record.images : 0)));
    const held = looks.filter(
      ({ record }) => record.method === method && record.dataset === dataset && record.images === images,
    );
    if (held.length === 0) return { ...EMPTY_CELL, incomplete: `no model looked at on ${images} images` };
    return {
      values: new Map(held.map(({ record, value }) => [String(record.trial), value])),
      runs: [...new Set(held.flatMap(({ record }) => record.runs))],
    };
  };
  return {
    preset: looks[0]!.record.preset,
    numerics: looks[0]!.record.numerics,
    columns: datasets.map((id) => ({
      id,
      standIn: looks.some(({ record }) => record.dataset === id && record.dataTag === "synthetic"),
    })),
    rows: tabulate(methods, datasets, cell),
  };
}

/** The newest part A of the certificate. */
export const certificateOf = (evidence: Evidence): AnalysisOf<"certificate"> | undefined =>
  analysesOf(evidence, "certificate").find(({ record }) => record.part === "A")?.record;

/** The newest analysis of a kind, made for the first of some experiments that has one. */
export const firstOf = <Kind extends AnalysisKind>(
  evidence: Evidence,
  kind: Kind,
  experiments: readonly string[],
): StoredAnalysis<Kind> | undefined => latest(ofExperiment(evidence, kind, experiments), () => "")[0];

/** The analyses of a kind of the first of some experiments that has any, at the preset that says most; what is of later
 *  numerics comes first. */
function ofExperiment<Kind extends AnalysisKind>(
  evidence: Evidence,
  kind: Kind,
  experiments: readonly string[],
): StoredAnalysis<Kind>[] {
  const each = experiments.flatMap((id) => {
    const analyses = evidence.analyses.filter(({ record }) => record.config["experiment"] === id);
    const found = analysesOf({ ...evidence, analyses }, kind);
    return found.length > 0 ? [found] : [];
  });
  const [best = []] = each.sort(([a], [b]) => b!.record.numerics - a!.record.numerics);
  return best;
}

/** The newest of every key. */
function latest<Kind extends AnalysisKind>(
  all: readonly StoredAnalysis<Kind>[],
  keyOf: (record: AnalysisOf<Kind>) => string,
): StoredAnalysis<Kind>[] {
  const order = [...all].sort((a, b) => newer(a.record, b.record));
  return [...new Map(order.map((one) => [keyOf(one.record), one])).values()];
}

const newer = (a: AnalysisRecord, b: AnalysisRecord): number =>
  a.finishedAt.localeCompare(b.finishedAt) || a.id.localeCompare(b.id);

const methodsOf = (all: readonly StoredAnalysis<"quadratic">[]): string[] => [
  ...new Set(all.map(({ record }) => record.method)),
];

const tabulate = (
  methods: readonly string[],
  columns: readonly string[],
  cell: (method: string, column: string) => MeasuredCell,
): Map<string, MeasuredCell[]> => new Map(methods.map((method) => [method, columns.map((one) => cell(method, one))]));
