import { milliseconds, timestamp } from "../../core/clock.js";
import { EXIT, UserError } from "../../core/errors.js";
import { contentId } from "../../core/hash.js";
import type { ResolvedConfig } from "../../config/load.js";
import { ownSize } from "../../config/own-size.js";
import { ANALYSIS_VERSION, ANY_KIND, type AnalysisKind, type AnalysisRecord } from "../../records/analysis.js";
import { openAnalysisStore, type AnalysisStore } from "../../records/analysis-store.js";
import { NUMERICS } from "../../records/numerics.js";
import { machine } from "../../records/machine.js";

/** What an analysis' record says of its config. */
export interface AnalysedConfig {
  readonly experimentFolder: string;
  readonly preset: string;
  readonly hash: string;
  readonly value: object;
  /** Keys in which it is smaller than the shipped config of the same experiment and preset. */
  readonly ownSize: readonly string[];
}

/** The id of an analysis. @param deciding everything that its numbers depend on: settings, runs. */
export const analysisId = ({ kind }: Pick<AnalysisKind, "kind">, deciding: object): string =>
  contentId({ numerics: NUMERICS, kind, ...deciding });

/** What an analysis is made of. */
interface Made {
  readonly id: string;
  /** All that decides its numbers besides the runs. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly runs?: readonly string[];
  /** Milliseconds that it took until it was interrupted. */
  readonly before?: number | undefined;
}

/** What is known of an analysis once it is made. */
type Found = Partial<Pick<AnalysisRecord, "engine" | "dataTag">>;
/** What a record says of all but its numbers. */
export type Head<Kind extends Pick<AnalysisKind, "kind">> = AnalysisRecord & { readonly kind: Kind["kind"] };

/** Begins to measure an analysis. @returns how long it takes so far, and what its record says of all but its numbers. */
export function beginAnalysis<Kind extends Pick<AnalysisKind, "kind">>(
  { kind }: Kind,
  { experimentFolder, preset, hash, value, ownSize }: AnalysedConfig,
  { id, settings, runs = [], before = 0 }: Made,
): { elapsed(): number; head(found?: Found): Head<Kind> } {
  const startedAt = timestamp();
  const begun = milliseconds();
  const elapsed = (): number => before + milliseconds() - begun;
  return {
    elapsed,
    head: ({ engine = null, dataTag } = {}) => ({
      kind,
      schemaVersion: ANALYSIS_VERSION,
      numerics: NUMERICS,
      id,
      experiment: experimentFolder,
      preset,
      configHash: hash,
      config: { ...value },
      ...(ownSize.length > 0 && { ownSize: [...ownSize] }),
      settings: { ...settings },
      runs: [...runs],
      engine: engine && { ...engine },
      ...machine(),
      ...(dataTag !== undefined && { dataTag }),
      startedAt,
      finishedAt: timestamp(),
      wallMilliseconds: elapsed(),
    }),
  };
}

/** An experiment's config as its analyses' records have it. */
export const analysedConfig = (config: ResolvedConfig): AnalysedConfig => ({
  experimentFolder: config.experimentFolder,
  preset: config.preset,
  hash: config.hash,
  value: config.resolved,
  ownSize: ownSize(config),
});

/** Opens the folder of a study that has a config of its own. @param folder that it is below the results.
 *  @throws UserError (usage) when it was begun with another config: its analyses would be mixed up, which those of earlier
 *  numerics never are. */
export function openOwnStore(folder: string, { hash }: AnalysedConfig): AnalysisStore {
  const store = openAnalysisStore(folder);
  const other = store
    .list()
    .map((id) => store.read(ANY_KIND, id))
    .find(({ numerics, configHash }) => numerics === NUMERICS && configHash !== hash);
  if (other === undefined) return store;
  throw new UserError(EXIT.usage, {
    where: folder,
    given: `analyses of another config (config hash ${other.configHash})`,
    accepted: `those of this one (config hash ${hash})`,
    hint: `undo the change of the config, give it another name, choose another --results folder, or delete ${folder}`,
  });
}
