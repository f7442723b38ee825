import { join } from "node:path";
import { duration } from "../../core/wording.js";
import type { StudyShow } from "../../reporting/study-show.js";
import { FORMATS } from "../../reporting/table/formats.js";
import { keptFile, type Printed, type Reader } from "../shared/printed.js";
import { hypergradientStudy } from "./agreements.js";
import { judgeHypergradient } from "./claim.js";
import { hypergradient } from "./figure.js";
import { hypergradientKind, type Hypergradients } from "./record.js";
import { hypergradientPanels, writeHypergradients } from "./table.js";

/** What the study came to. */
export interface HypergradientOutcome {
  readonly results: string;
  /** Its folder below the results. */
  readonly name: string;
  readonly records: readonly Hypergradients[];
  /** Seeds that were made now. */
  readonly fresh: number;
}

export const finishedLine = ({ seed, wallMilliseconds }: Hypergradients): string =>
  `seed ${seed} done in ${duration(wallMilliseconds / 1000)}`;

export function printed({ results, name, records, fresh }: HypergradientOutcome, { json, width }: Reader): Printed {
  const written = keptFile(() => writeHypergradients(join(results, name)));
  const claim = judgeHypergradient(records);
  if (json) return { result: { experiment: name, claim, records, file: written.file }, notices: written.notices };
  const table = FORMATS.text(hypergradientPanels(records), width);
  const judged = `Our claim ${claim.id}, not the paper's: ${claim.verdict}. ${claim.statement} ${claim.reason}`;
  const text = `${fresh} seeds done, ${records.length - fresh} were done before${written.said}`;
  return { result: `${table.endsWith("\n") ? table : `${table}\n`}${judged}`, notices: [{ text }, ...written.notices] };
}

export const show: StudyShow = {
  kinds: [hypergradientKind],
  tables: {
    hypergradient: {
      files: { hypergradient_summary: [] },
      command: () => "metamd analyse hypergradient --config configs/hypergradient.yaml",
      panels: (evidence) => hypergradientPanels(hypergradientStudy(evidence)),
    },
  },
  figures: { hypergradient },
  claims: (evidence) => [judgeHypergradient(hypergradientStudy(evidence))],
};
