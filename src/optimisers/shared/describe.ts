import type { MethodId } from "../index.js";
import { METHOD_IDS, OPTIMISERS } from "../index.js";
import type { OptimiserEntry } from "../optimiser.js";

/** What a method is and what its step costs beyond a gradient. */
export interface MethodDescription {
  readonly id: MethodId;
  readonly title: string;
  readonly kind: OptimiserEntry["kind"];
  readonly learned: boolean;
  /** Hyper-parameters besides learning rate and weight decay, with their defaults. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Floats of state for a parameter of one float. */
  readonly statePerParameter: number;
  /** What a step does besides one gradient and elementwise work; empty for most. */
  readonly extraWork: string;
  readonly source: string;
}

/** Describes every method, in the order of the table. */
export function describeMethods(): MethodDescription[] {
  return METHOD_IDS.map((id) => {
    const { title, kind, learned, settings, statePerParameter, extraWork, source } = OPTIMISERS[
      id
    ] as unknown as OptimiserEntry;
    const defaults = settings.parse({}) as Readonly<Record<string, unknown>>;
    return {
      id,
      title,
      kind,
      learned: learned !== undefined,
      defaults,
      statePerParameter: statePerParameter(defaults),
      extraWork,
      source,
    };
  });
}
