import { EXIT, UserError } from "../../core/errors.js";
import { CONFIGS, PANELS, TABLES, type PanelEntry, type PanelId, type Source, type TableId } from "./registry.js";

/** What makes each kind of numbers. */
const COMMANDS: Readonly<Record<Source, string>> = {
  accuracy: "run",
  auc: "run",
  "step-times": "analyse cost",
  "meta-parameters": "analyse cost",
  datasets: "analyse datasets",
};

/** The command that makes the records of a table, each once. */
export function commandsThatMake(id: TableId, only?: PanelId): string {
  if (id === "fig1_summary") return "metamd quadratic --config configs/quadratic.yaml";
  if (id === "hypergradient") return "metamd analyse hypergradient --config configs/hypergradient.yaml";
  if (id === "tuning-cost") return "metamd run --config FILE";
  const panels = only === undefined ? Object.values<readonly PanelId[]>(TABLES[id]).flat() : [only];
  return [...new Set(panels.map((panel) => commandOf(PANELS[panel])))].join(", ");
}

const commandOf = ({ source, experiment }: PanelEntry): string =>
  `metamd ${COMMANDS[source]} --config ${CONFIGS[experiment]!}`;

/** The error of a table that has no number of ours. */
export const noNumbers = (results: string, id: TableId, only?: PanelId): UserError =>
  new UserError(EXIT.usage, {
    where: results,
    given: `no records for ${only ?? id}`,
    accepted: "a results folder with runs or analyses of the experiment that makes it",
    remedy: commandsThatMake(id, only),
  });
