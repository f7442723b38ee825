import { EXIT, UserError } from "../../core/errors.js";
import { CONFIGS, PANELS, TABLES, type PanelEntry, type PanelId, type TableId } from "./index.js";

/** The command that makes the records of a table, each once. */
export function whatMakes(id: TableId, only?: PanelId): string {
  if (id === "fig1_summary") return "metamd quadratic";
  if (id === "tuning-cost") return "metamd run --config FILE";
  const panels = only === undefined ? Object.values<readonly PanelId[]>(TABLES[id]).flat() : [only];
  return [...new Set(panels.map((panel) => commandOf(PANELS[panel])))].join(", ");
}

function commandOf({ source, experiment }: PanelEntry): string {
  const config = CONFIGS[experiment] ?? `FILE, a config with experiment: ${experiment}`;
  return source === "accuracy" || source === "auc"
    ? `metamd run --config ${config}`
    : `metamd analyse ${source} --config ${config}`;
}

/** The error of a table that has no number of ours. */
export const noNumbers = (results: string, id: TableId, only?: PanelId): UserError =>
  new UserError(EXIT.usage, {
    where: results,
    given: `no records for ${only ?? id}`,
    accepted: "a results folder with runs or analyses of the experiment that makes it",
    remedy: whatMakes(id, only),
  });
