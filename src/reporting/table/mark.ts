/** What a mark is about.
 *  not-run: no run was planned or none is there; missing-data: its data are not here; partial: fewer trials than planned;
 *  no-value: it ended without the number; partial-auc: of a run shorter than the others; reduced: a smaller preset than
 *  the paper's; earlier: of earlier numerics, or with what was learned with them; stand-in, partial-data: not, or not all
 *  of, the official images; lost: the paper's cell cannot be read; misprint: the paper's own numbers give another; ours:
 *  not in the paper's table; unranked: no place among the others. */
export type MarkKind =
  | "not-run"
  | "missing-data"
  | "diverged"
  | "failed"
  | "skipped"
  | "partial"
  | "no-value"
  | "partial-auc"
  | "reduced"
  | "earlier"
  | "stand-in"
  | "partial-data"
  | "lost"
  | "misprint"
  | "ours"
  | "unranked";

/** What a reader has to know of a number, or of its absence. */
export interface Mark {
  readonly kind: MarkKind;
  readonly text: string;
}

export const mark = (kind: MarkKind, text: string): Mark => ({ kind, text });
