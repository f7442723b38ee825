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
