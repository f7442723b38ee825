import type { Truth } from "./claims.js";
import type { Contrast } from "./contrast-methods.js";
import type { Claim } from "./paper-results.js";

/** What a claim was judged on. */
export interface Judged {
  readonly preset: string;
  readonly numerics: number;
  readonly truth: Truth;
  /** The first is against the strongest rival. None for counts. */
  readonly contrasts: readonly Contrast[];
  /** A count, which needs no test. */
  readonly deterministic: boolean;
  /** Columns that counted. */
  readonly columns: readonly string[];
  /** Columns that did not, and why. */
  readonly leftOut: readonly { readonly column: string; readonly why: string }[];
  /** Methods that the paper compares and that were not run. */
  readonly absent: readonly string[];
  /** Runs, or analyses without runs, behind it. */
  readonly evidence: readonly string[];
}

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
export interface ClaimVerdict
  extends
    Partial<Pick<Judged, "preset" | "numerics" | "truth">>,
    Pick<Judged, "columns" | "leftOut" | "absent" | "evidence"> {
  readonly claim: Claim;
  readonly verdict: Verdict;
  /** In plain English, why. */
  readonly reason: string;
  /** The p-value that decided: of the claim where it is true, of its opposite where it is false. */
  readonly p?: number;
  readonly contrasts: readonly CorrectedContrast[];
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
