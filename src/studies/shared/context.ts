import { canonicalJson } from "../../core/hash.js";
import type { Pause } from "./point.js";
import type { ResolvedConfig } from "../../config/load.js";
import type { AnalysisKind } from "../../records/analysis.js";
import type { AnalysisStore } from "../../records/analysis-store.js";
import type { Plan } from "../../records/plan.js";
import type { RunStore } from "../../records/store.js";
import type { Session } from "../../runs/index.js";
import { beginAnalysis, type Head } from "./begin.js";
import type { Solution } from "./solution.js";
import type { SolutionRecord } from "./solution-rows.js";

/** What analyses are given besides the model. */
export interface AnalysisContext {
  readonly session: Session;
  readonly config: ResolvedConfig;
  readonly plan: Plan;
  readonly runs: RunStore;
  readonly analyses: AnalysisStore;
  readonly programs: Programs;
  /** Begins a part of an analysis. @param batches that it will tell of at most. */
  begin(part: string, batches: number): Pause;
}

interface Disposable {
  dispose(): void;
}

/** Compiled programs, the last one of each kind. */
export interface Programs {
  /** @param key what the program depends on besides its kind. */
  of<Compiled extends Disposable>(kind: string, key: unknown, compile: () => Compiled): Compiled;
  close(): void;
}

export function openPrograms(): Programs {
  const held = new Map<string, { readonly key: string; readonly compiled: Disposable }>();
  return {
    of<Compiled extends Disposable>(kind: string, key: unknown, compile: () => Compiled): Compiled {
      const text = canonicalJson(key);
      const last = held.get(kind);
      if (last?.key === text) return last.compiled as Compiled;
      last?.compiled.dispose();
      held.delete(kind);
      const compiled = compile();
      held.set(kind, { key: text, compiled });
      return compiled;
    },
    close() {
      for (const { compiled } of held.values()) compiled.dispose();
      held.clear();
    },
  };
}

/** What a program for a solution's problem depends on. @param sizes of its batches. */
export function programKey({ domain }: Solution, sizes: readonly number[]): unknown {
  const { height, width, channels, classes } = domain;
  return [height, width, channels, classes, sizes];
}

/** Begins an analysis of a trained model. @returns what its record says of all but its numbers, once it is done. */
export function beginOn<Kind extends Pick<AnalysisKind, "kind">>(
  kind: Kind,
  { session, plan }: AnalysisContext,
  { subject: { cell }, domain: { dataTag } }: Solution,
  id: string,
  settings: Readonly<Record<string, unknown>>,
): () => Head<Kind> & Pick<SolutionRecord, "method" | "dataset" | "trial"> {
  const { experiment: experimentFolder, preset, configHash: hash, config: value, ownSize = [] } = plan;
  const config = { experimentFolder, preset, hash, value, ownSize };
  const { head } = beginAnalysis(kind, config, { id, settings, runs: [cell.id] });
  const engine = session.engine.details;
  return () => ({ ...head({ engine, dataTag }), method: cell.method, dataset: cell.holdout, trial: cell.trial });
}
