import { milliseconds, timestamp } from "../../core/clock.js";
import { EXIT, UserError } from "../../core/errors.js";
import { contentId } from "../../core/hash.js";
import type { EngineDetails } from "../../engine/engine.js";
import { ANALYSIS_VERSION, type AnalysisKind, type AnalysisRecord } from "../../records/analysis.js";
import type { AnalysisStore } from "../../records/analysis-store.js";
import { NUMERICS } from "../../records/numerics.js";
import { machine } from "../../records/machine.js";

/** What every analysis' record says of its config, engine, machine and time. */
export type AnalysisHead = Pick<
  AnalysisRecord,
  | "schemaVersion"
  | "numerics"
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

/** The id of an analysis. @param deciding everything that its numbers depend on: settings, runs. */
export const analysisId = (kind: AnalysisKind, deciding: object): string =>
  contentId({ numerics: NUMERICS, kind, ...deciding });

/** Begins to measure an analysis. @param before milliseconds that it took until it was interrupted.
 *  @returns how long it takes so far, and what its record says of config, engine, machine and time. */
export function beginAnalysis(
  { experimentFolder, preset, hash, value }: AnalysedConfig,
  engine: EngineDetails | null,
  before = 0,
): { elapsed(): number; head(): AnalysisHead } {
  const startedAt = timestamp();
  const begun = milliseconds();
  const elapsed = (): number => before + milliseconds() - begun;
  return {
    elapsed,
    head: () => ({
      schemaVersion: ANALYSIS_VERSION,
      numerics: NUMERICS,
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

/** @throws UserError (usage) when a study's folder was begun with another config: its analyses would be mixed up, which
 *  those of earlier numerics never are. */
export function refuseOtherConfig(store: AnalysisStore, folder: string, { hash }: AnalysedConfig): void {
  const other = store
    .list()
    .map((id) => store.read(id))
    .find(({ numerics, configHash }) => numerics === NUMERICS && configHash !== hash);
  if (other === undefined) return;
  throw new UserError(EXIT.usage, {
    where: folder,
    given: `analyses of another config (config hash ${other.configHash})`,
    accepted: `those of this one (config hash ${hash})`,
    remedy: `undo the change of the config, give it another name, choose another --results folder, or delete ${folder}`,
  });
}
