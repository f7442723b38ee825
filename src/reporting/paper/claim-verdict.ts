import type { Truth } from "./claims.js";
import type { Contrast } from "./contrast-methods.js";
import type { Claim } from "./paper-results.js";

/** Direction only: of runs below the paper's size, which decide nothing. */
export type Verdict =
  "reproduced" | "leaning" | "contradicted" | "inconclusive" | `direction only: ${"for" | "against"}` | "not run";

/** "direction only: against (preset desk)". */
export const verdictWords = ({ verdict, preset }: Pick<ClaimVerdict, "verdict" | "preset">): string =>
  verdict.startsWith("direction only") ? `${verdict} (preset ${preset!})` : verdict;

/** A contrast with its p-values corrected for all contrasts of the claim. */
export interface CorrectedContrast extends Contrast {
  readonly p?: number;
  readonly reverseP?: number;
}

/** What our runs say of one of the paper's claims. */
export interface ClaimVerdict {
  readonly claim: Claim;
  readonly verdict: Verdict;
  /** In plain English, why. */
  readonly reason: string;
  readonly preset?: string;
  /** Of the evidence. */
  readonly numerics?: number;
  readonly truth?: Truth;
  /** The p-value that decided: of the claim where it is true, of its opposite where it is false. */
  readonly p?: number;
  /** The tests behind it; the first is against the strongest rival. None for counts. */
  readonly contrasts: readonly CorrectedContrast[];
  /** Columns that counted. */
  readonly columns: readonly string[];
  /** Columns that did not, and why. */
  readonly leftOut: readonly { readonly column: string; readonly why: string }[];
  /** Methods that the paper compares and that were not run. */
  readonly absent: readonly string[];
  /** Runs, or analyses without runs, behind it. */
  readonly evidence: readonly string[];
}
