import type { MeasuredCell } from "./measurements.js";
import { analysesOf } from "../evidence.js";
import type { Evidence, StoredAnalysis } from "../study-show.js";
import type { AnalysisKind, AnalysisRecord, RecordOf } from "../../records/analysis.js";

/** The newest analysis of a kind, made for the first of some experiments that has one. */
export const firstOf = <Kind extends AnalysisKind>(
  evidence: Evidence,
  kind: Kind,
  experiments: readonly string[],
): StoredAnalysis<Kind> | undefined => latest(ofExperiment(evidence, kind, experiments), () => "")[0];

/** The analyses of a kind of the first of some experiments that has any, at the preset that says most; what is of later
 *  numerics comes first. */
export function ofExperiment<Kind extends AnalysisKind>(
  evidence: Evidence,
  kind: Kind,
  experiments: readonly string[],
): StoredAnalysis<Kind>[] {
  const each = experiments.flatMap((id) => {
    const analyses = evidence.analyses.filter(({ record }) => record.config["experiment"] === id);
    const found = analysesOf({ analyses }, kind);
    return found.length > 0 ? [found] : [];
  });
  const [best = []] = each.sort(([a], [b]) => b!.record.numerics - a!.record.numerics);
  return best;
}

/** The newest of every key. */
export function latest<Kind extends AnalysisKind>(
  all: readonly StoredAnalysis<Kind>[],
  keyOf: (record: RecordOf<Kind>) => string,
): StoredAnalysis<Kind>[] {
  const order = [...all].sort((a, b) => newer(a.record, b.record));
  return [...new Map(order.map((one) => [keyOf(one.record), one])).values()];
}

const newer = (a: AnalysisRecord, b: AnalysisRecord): number =>
  a.finishedAt.localeCompare(b.finishedAt) || a.id.localeCompare(b.id);

/** Rows of a cell per column, by method. */
export const tabulate = (
  methods: readonly string[],
  columns: readonly string[],
  cell: (method: string, column: string) => MeasuredCell,
): Map<string, MeasuredCell[]> => new Map(methods.map((method) => [method, columns.map((one) => cell(method, one))]));
