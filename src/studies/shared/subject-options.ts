import type { AnalysisKind, RecordOf } from "../../records/analysis.js";
import type { SolutionAnalysis } from "./analyse.js";
import type { Ground } from "./ground.js";
import type { Examination } from "./solution-show.js";
import type { StudyOption, StudyRequest } from "./study.js";
import type { SubjectSelection } from "./subjects.js";

/** The options that choose trials. */
export const SUBJECT_OPTIONS: readonly StudyOption[] = [
  { flags: "--method <id>", description: "only this method" },
  { flags: "--holdout <domain>", description: "only on this holdout" },
  { flags: "--trial <n>", description: "only this trial, from 0", takes: "integer" },
];

/** The run of a study that looks at trained models. @param load loads what looks at them. */
export const examineWith =
  <Kind extends AnalysisKind>(load: () => Promise<SolutionAnalysis<Kind>>) =>
  async (
    request: StudyRequest & SubjectSelection,
    ground: Ground<RecordOf<Kind>>,
  ): Promise<Examination<RecordOf<Kind>>> => {
    const { examine } = await import("./examine.js");
    return examine(await load(), request, ground);
  };
