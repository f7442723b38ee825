import { canonicalJson } from "../../core/hash.js";
import type { Pause } from "./point.js";
import type { ResolvedConfig } from "../../config/load.js";
import type { AnalysisOf } from "../../records/analysis.js";
import type { AnalysisStore } from "../../records/analysis-store.js";
import type { Plan } from "../../records/plan.js";
import type { RunStore } from "../../records/store.js";
import type { Session } from "../../runs/index.js";
import { beginAnalysis } from "./record-head.js";
import type { Solution } from "./solution.js";

/** Analyses of one trained model. */
export type SolutionKind = "sharpness" | "landscape" | "rank";

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

type SolutionHead = Omit<AnalysisOf<"rank">, "kind" | "split" | "images" | "features" | "score" | "entropy">;

/** Begins an analysis of a trained model. @returns what its record says of where it comes from, once it is done. */
export function beginOn(
  { session, plan }: AnalysisContext,
  { subject: { cell }, domain }: Solution,
): (id: string, settings: SolutionHead["settings"]) => SolutionHead {
  const { experiment: experimentFolder, preset, configHash: hash, config: value } = plan;
  const { head } = beginAnalysis({ experimentFolder, preset, hash, value }, session.engine.details);
  return (id, settings) => ({
    ...head(),
    id,
    settings,
    runs: [cell.id],
    dataTag: domain.dataTag,
    method: cell.method,
    dataset: cell.holdout,
    trial: cell.trial,
  });
}
