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
