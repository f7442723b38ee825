import { stringify } from "csv-stringify/sync";
import type { CellComparison } from "./cells.js";
import type { ClaimVerdict } from "./claim-verdict.js";

const text = (value: number | undefined): string => (value === undefined ? "" : String(value));

/** `claims.csv`: the predicate as JSON, evidence as run ids apart by blanks; p is of the side that decided; `reason` also
 *  says which preset is missing. */
export const claimsCsv = (verdicts: readonly ClaimVerdict[]): string =>
  stringify([
    ["claim", "statement", "predicate", "verdict", "p", "printed_verdict", "evidence", "reason", "numerics"],
    ...verdicts.map(({ claim, verdict, p, evidence, reason, numerics }) => [
      ...[claim.id, claim.statement, JSON.stringify(claim.predicate), verdict, text(p)],
      ...[String(claim.printed), evidence.join(" "), reason, text(numerics)],
    ]),
  ]);

/** `<table>_vs_paper.csv`: a row per printed number; `method` is a dataset in the table of datasets. */
export const cellsCsv = (cells: readonly CellComparison[]): string =>
  stringify([
    [
      "table",
      "panel",
      "method",
      "column",
      "paper_mean",
      "paper_std",
      "ours_mean",
      "ours_std",
      "n",
      "diff",
      "cell_verdict",
      "numerics",
    ],
    ...cells.map(({ table, panel, row, column, paper, ours, verdict, numerics }) => [
      ...[table, panel, row, column, text(paper?.mean), text(paper?.std)],
      ...[text(ours?.mean), text(ours?.std), text(ours?.n), text(paper && ours && ours.mean - paper.mean)],
      ...[verdict ?? "", text(numerics)],
    ]),
  ]);
