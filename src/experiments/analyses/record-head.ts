import { milliseconds, timestamp } from "../../core/clock.js";
import { EXIT, UserError } from "../../core/errors.js";
import type { EngineDetails } from "../../engine/engine.js";
import { ANALYSIS_VERSION, type AnalysisRecord } from "../../records/analysis.js";
import type { AnalysisStore } from "../../records/analysis-store.js";
import { machine } from "../provenance.js";

/** What every analysis' record says of its config, engine, machine and time. */
export type Head = Pick<
  AnalysisRecord,
  | "schemaVersion"
  | "experiment"
  | "preset"
  | "configHash"
  | "config"
  | "engine"
  | "hardware"
  | "git"
  | "startedAt"
  | "finishedAt"
  | "wallMilliseconds"
>;

/** What an analysis' record says of its config. */
export interface AnalysedConfig {
  readonly experimentFolder: string;
  readonly preset: string;
  readonly hash: string;
  readonly value: object;
}

/** Begins to measure an analysis. @param before milliseconds that it took until it was interrupted.
 *  @returns how long it takes so far, and what its record says of config, engine, machine and time. */
export function beginAnalysis(
  { experimentFolder, preset, hash, value }: AnalysedConfig,
  engine: EngineDetails | null,
  before = 0,
): { elapsed(): number; head(): Head } {
  const startedAt = timestamp();
  const begun = milliseconds();
  const elapsed = (): number => before + milliseconds() - begun;
  return {
    elapsed,
    head: () => ({
      schemaVersion: ANALYSIS_VERSION,
      experiment: experimentFolder,
      preset,
      configHash: hash,
      config: { ...value },
      engine: engine && { ...engine },
      ...machine(),
      startedAt,
      finishedAt: timestamp(),
      wallMilliseconds: elapsed(),
    }),
  };
}

/** @throws UserError (usage) when a study's folder was begun with another config: its analyses would be mixed up. */
export function refuseOtherConfig(store: AnalysisStore, folder: string, { hash }: AnalysedConfig): void {
  const other = store
    .list()
    .map((id) => store.read(id))
    .find(({ configHash }) => configHash !== hash);
  if (other === undefined) return;
  throw new UserError(EXIT.usage, {
    where: folder,
    given: `analyses of another config (config hash ${other.configHash})`,
    accepted: `those of this one (config hash ${hash})`,
    remedy: `undo the change of the config, give it another name, choose another --results folder, or delete ${folder}`,
  });
}
