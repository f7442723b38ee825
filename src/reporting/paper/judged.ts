import type { Truth } from "./claims.js";
import type { Contrast } from "./contrast-methods.js";

/** What a claim was judged on. */
export interface Judged {
  readonly preset: string;
  readonly numerics: number;
  readonly truth: Truth;
  readonly contrasts: readonly Contrast[];
  /** A count, which needs no test. */
  readonly deterministic: boolean;
  readonly columns: readonly string[];
  readonly leftOut: readonly { readonly column: string; readonly why: string }[];
  readonly absent: readonly string[];
  readonly evidence: readonly string[];
}

/** A claim that is ours, not the paper's. */
export interface OwnClaim {
  readonly id: string;
  readonly statement: string;
  /** confirmed: every part is true and significant; leaning: all are true, some not significant; contradicted: the opposite
   *  of a part is significant; inconclusive: a part is false, its opposite not significant. */
  readonly verdict: "confirmed" | "leaning" | "contradicted" | "inconclusive" | "not run";
  readonly reason: string;
  /** The p-value that decided. */
  readonly p?: number;
  readonly preset?: string;
  readonly numerics?: number;
  /** Ids of the analyses behind it. */
  readonly evidence: readonly string[];
}
