import { loadConfig } from "../../config/load.js";
import type { AnalysisKind, RecordOf } from "../../records/analysis.js";
import { openAnalysisStore } from "../../records/analysis-store.js";
import { openRunStore } from "../../records/store.js";
import { analyse, type SolutionAnalysis } from "./analyse.js";
import type { Ground } from "./ground.js";
import type { Examination } from "./solution-show.js";
import type { StudyRequest } from "./study.js";
import { countStates, planOf, subjectsOf, type SubjectSelection } from "./subjects.js";

/** Analyses the trained models of an experiment: the run of every study that looks at them.
 *  @throws UserError: (usage) the experiment was not begun; (data) no trial is finished, or its weights were not kept.
 *  Interrupted: what is finished stays. */
export async function examine<Kind extends AnalysisKind>(
  analysis: SolutionAnalysis<Kind>,
  request: StudyRequest & SubjectSelection,
  ground: Ground<RecordOf<Kind>>,
): Promise<Examination<RecordOf<Kind>>> {
  const config = loadConfig(request);
  const runs = openRunStore(request.results, config.experimentFolder);
  const plan = planOf(runs, config, request.data);
  const { chosen, left } = subjectsOf(plan, config, runs, request);
  if (left.length > 0) ground.onNotice?.(`left out: ${countStates(left)}`);
  const analyses = openAnalysisStore(runs.folder);
  return { plan, left, ...(await analyse(analysis, chosen, { config, plan, runs, analyses }, ground)) };
}
