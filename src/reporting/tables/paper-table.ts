import type { Evidence } from "../evidence.js";
import { hypergradientStudy } from "../../studies/hypergradient/agreements.js";
import { paperResults, type PrintedTable } from "../paper/paper-results.js";
import { datasetsPanel, metaParametersPanel, stepTimesPanel } from "./analysis-panels.js";
import { PANELS, TABLES, type PanelEntry, type PanelId, type TableId } from "./registry.js";
import { hypergradientPanels } from "../../studies/hypergradient/table.js";
import { iterationsPanels } from "../../studies/quadratic/table.js";
import type { PaperPanel, PaperTable } from "../table/table.js";
import { trialPanel } from "./trial-panel.js";
import { tuningCostPanels } from "./tuning-cost.js";

/** Makes a table from the records of a results folder: the paper's rows in its order, then methods it lacks; what is not
 *  there is an empty cell with a mark. @param only one panel of it. */
export function paperTable(evidence: Evidence, id: TableId, only?: PanelId): PaperTable {
  if (id === "fig1_summary") return { id, panels: iterationsPanels(evidence) };
  if (id === "hypergradient") return { id, panels: hypergradientPanels(hypergradientStudy(evidence)) };
  if (id === "tuning-cost") return { id, panels: tuningCostPanels(evidence) };
  const ids = Object.values<readonly PanelId[]>(TABLES[id]).flat();
  return { id, panels: ids.filter((one) => only === undefined || one === only).map((one) => panelOf(evidence, one)) };
}

/** Whether a table has a number of ours. */
export const hasNumbers = ({ panels }: PaperTable): boolean =>
  panels.some(({ rows }) => rows.some(({ cells }) => cells.some(({ samples }) => samples.length > 0)));

function panelOf(evidence: Evidence, id: PanelId): PaperPanel {
  const entry: PanelEntry = PANELS[id];
  const { table, printed } = printedPanel(entry);
  const head = { id, caption: captionOf(table, printed.id), experiment: entry.experiment, suffix: entry.suffix ?? "" };
  if (printed.metric === "dataset_statistics") return datasetsPanel(evidence, head, printed);
  if (entry.source === "step-times") return stepTimesPanel(evidence, head, printed);
  if (entry.source === "meta-parameters") return metaParametersPanel(evidence, head, printed);
  if (entry.source === "datasets") throw new Error(`${id}: no dataset statistics in the paper's results`);
  return trialPanel(evidence, head, printed, entry.source, entry.rows);
}

/** What the paper prints of a panel. */
function printedPanel({ printed }: PanelEntry): {
  table: PrintedTable;
  printed: PrintedTable["panels"][number];
} {
  const table = paperResults().tables.find(({ id }) => id === printed.table)!;
  return { table, printed: table.panels.find(({ id }) => id === printed.panel)! };
}

/** "Table 2: Test accuracy of …", "Table 1, top: …" */
const captionOf = ({ id, caption, panels }: PrintedTable, panel: string): string =>
  `Table ${id.replace("table", "")}${panels.length > 1 ? `, ${panel}` : ""}: ${caption}`;
