import { EXIT, UserError } from "../../core/errors.js";
import type { Plan } from "../../records/plan.js";
import { experimentOf, readEvidence } from "../evidence.js";
import { chooseTables } from "./choose.js";
import { findTable, isPanelId, isTableId, PANELS, TABLES, type PanelEntry, type PanelId } from "./registry.js";
import { noNumbers } from "./commands-that-make.js";
import { METRICS, resultTable, type ResultTable } from "./result-table.js";

/** Trials that methods can be compared over. */
export interface Compared {
  readonly plan: Plan;
  readonly table: ResultTable;
}

/** The experiments' own tables behind a name: one of the paper's tables or panels, a metric, or an experiment's folder.
 *  @throws UserError (usage): no trials behind it, no records of it, or no such name. */
export function comparedTables(results: string, id?: string, only?: string, preset?: string): Compared[] {
  if (id === undefined || only !== undefined || !(isTableId(id) || isPanelId(id))) {
    const { experiment, metrics } = chooseTables(results, id, only, preset);
    return metrics.map((metric) => ({ plan: experiment.plan, table: resultTable(experiment, metric) }));
  }
  const { table, panel } = findTable(id);
  const panels = panel === undefined ? Object.values<readonly PanelId[]>(TABLES[table]).flat() : [panel];
  const evidence = readEvidence(results, preset);
  const ofTrials = panels.flatMap((one) => {
    const { source, experiment }: PanelEntry = PANELS[one];
    return source === "accuracy" || source === "auc" ? [{ metric: METRICS[source], experiment }] : [];
  });
  if (ofTrials.length === 0)
    throw new UserError(EXIT.usage, {
      where: "--statistics",
      given: `${id}, which has no trials to compare`,
      accepted: "a table of accuracies or areas: table1, table2, table3, table5, table6, table8",
    });
  const compared = ofTrials.flatMap(({ metric, experiment }): Compared[] => {
    const held = experimentOf(evidence, experiment);
    return held === undefined ? [] : [{ plan: held.plan, table: resultTable(held, metric) }];
  });
  if (compared.length > 0) return compared;
  throw noNumbers(results, table, panel);
}
