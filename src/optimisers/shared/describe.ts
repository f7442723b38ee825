import { METHODS, type MethodId } from "../index.js";
import type { OptimiserEntry } from "../optimiser.js";

/** What a method is and what its step costs beyond a gradient. */
export interface MethodDescription {
  readonly id: MethodId;
  readonly title: string;
  readonly summary: string;
  readonly kind: OptimiserEntry["kind"];
  readonly learned: boolean;
  /** Of a learned method: what is learned, in words, and the method whose learned file it applies. */
  readonly learns?: { readonly what: string; readonly by: string };
  /** Hyper-parameters besides learning rate and weight decay, with their defaults. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Floats of state for a parameter of one float. */
  readonly statePerParameter: number;
  /** What a step does besides one gradient and elementwise work; empty for most. */
  readonly extraWork: string;
  readonly source: string;
}

/** Describes every method, in the order of the table. */
export const describeMethods = (): MethodDescription[] =>
  METHODS.ids().map((id) => {
    const line = METHODS.of(id);
    const { title, summary, kind, learned, extraWork, source } = line;
    const defaults = line.settings.parse({}) as Readonly<Record<string, unknown>>;
    return {
      id,
      title,
      summary,
      kind,
      learned: learned !== undefined,
      ...(learned && { learns: { what: learned.what, by: learned.by } }),
      defaults,
      statePerParameter: line.statePerParameter(defaults),
      extraWork,
      source,
    };
  });

/** Default values in a line, like "beta 0.9, decay none". */
export const defaultsAsText = (defaults: MethodDescription["defaults"]): string =>
  Object.entries(defaults)
    .map(([name, value]) => `${name} ${valueAsText(value)}`)
    .join(", ");

/** A mapping with nothing but a kind is its kind. */
function valueAsText(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  const entries = Object.entries(value);
  return entries.length === 1 && entries[0]![0] === "kind" ? String(entries[0]![1]) : JSON.stringify(value);
}
