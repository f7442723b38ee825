import type { ResolvedConfig } from "../../config/load.js";
import type { EngineDetails } from "../../engine/engine.js";
import type { AnalysisKind, AnalysisRecord } from "../../records/analysis.js";
import { analysisId, beginAnalysis, type AnalysisHead } from "./record-head.js";

/** What identifies an analysis that uses no run, and a clock for it.
 *  @param settings all that decides its numbers. @param engine that makes them; null where there is none. */
export function untrainedHead(
  { experimentFolder, preset, hash, resolved }: ResolvedConfig,
  kind: AnalysisKind,
  settings: Readonly<Record<string, unknown>>,
  engine: EngineDetails | null = null,
): { readonly id: string; finished(): AnalysisHead & Pick<AnalysisRecord, "id" | "settings" | "runs"> } {
  const id = analysisId(kind, { settings });
  const { head } = beginAnalysis({ experimentFolder, preset, hash, value: resolved }, engine);
  return { id, finished: () => ({ ...head(), id, settings: { ...settings }, runs: [] }) };
}
