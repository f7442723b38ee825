import { milliseconds, timestamp } from "../../core/clock.js";
import { contentId } from "../../core/hash.js";
import type { ResolvedConfig } from "../../config/load.js";
import type { EngineDetails } from "../../engine/engine.js";
import { ANALYSIS_VERSION, type AnalysisKind, type AnalysisRecord } from "../../records/analysis.js";
import { machine } from "../provenance.js";

type Head = Pick<
  AnalysisRecord,
  | "schemaVersion"
  | "id"
  | "experiment"
  | "preset"
  | "configHash"
  | "config"
  | "settings"
  | "runs"
  | "engine"
  | "hardware"
  | "git"
  | "startedAt"
  | "finishedAt"
  | "wallMilliseconds"
>;

/** What identifies an analysis that uses no run, and a clock for it.
 *  @param settings all that decides its numbers. @param engine that makes them; null where there is none. */
export function untrainedHead(
  config: ResolvedConfig,
  kind: AnalysisKind,
  settings: Readonly<Record<string, unknown>>,
  engine: EngineDetails | null = null,
): { readonly id: string; finished(): Head } {
  const id = contentId({ kind, settings });
  const startedAt = timestamp();
  const begun = milliseconds();
  return {
    id,
    finished: () => ({
      schemaVersion: ANALYSIS_VERSION,
      id,
      experiment: config.experimentFolder,
      preset: config.preset,
      configHash: config.hash,
      config: { ...config.resolved },
      settings: { ...settings },
      runs: [],
      engine: engine && { ...engine },
      ...machine(),
      startedAt,
      finishedAt: timestamp(),
      wallMilliseconds: milliseconds() - begun,
    }),
  };
}
