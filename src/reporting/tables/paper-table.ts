import type { Evidence } from "../evidence.js";
import { hypergradientStudy } from "../../studies/hypergradient/agreements.js";
import { paperResults, type PrintedTable } from "../paper/paper-results.js";
import { stateCsv, tableCsv } from "../table/csv.js";
import { tableJson } from "../table/json.js";
import type { Table } from "../table/table.js";
import { datasetsPanel, metaParametersPanel, stepTimesPanel } from "./analysis-panels.js";
import { withOrigin } from "./origin.js";
import { PANELS, TABLES, type PanelEntry, type PanelId, type TableId } from "./registry.js";
import { hypergradientPanels } from "../../studies/hypergradient/table.js";
import { iterationsPanels } from "../../studies/quadratic/table.js";
import { trialPanel } from "./trial-panel.js";
import { tuningCostPanels } from "./tuning-cost.js";

/** A table with the paper's rows and columns, from records: one or several panels. */
export interface PaperTable {
  readonly id: TableId;
  readonly panels: readonly Table[];
}

/** Makes a table from the records of a results folder: the paper's rows in its order, then methods it lacks; what is not
 *  there is an empty cell with a mark. @param only one panel of it. */
export function paperTable(evidence: Evidence, id: TableId, only?: PanelId): PaperTable {
  if (id === "fig1_summary") return { id, panels: iterationsPanels(evidence) };
  if (id === "hypergradient") return { id, panels: hypergradientPanels(hypergradientStudy(evidence)) };
  if (id === "tuning-cost") return { id, panels: tuningCostPanels(evidence) };
  const ids = Object.values<readonly PanelId[]>(TABLES[id]).flat();
  return {
    id,
    panels: ids.filter((one) => only === undefined || one === only).map((one) => withOrigin(panelOf(evidence, one))),
  };
}

/** Whether a table has a number of ours. */
export const hasNumbers = ({ panels }: PaperTable): boolean =>
  panels.some(({ rows }) => rows.some(({ cells }) => cells.some(({ samples }) => samples.length > 0)));

/** What lies beside a table as `<id>.json`. */
export const paperTableJson = ({ id, panels }: PaperTable): object => ({
  schemaVersion: 1,
  id,
  panels: panels.map(tableJson),
});

/** The CSV texts of a table by the name of their file: numbers keep every digit, what is absent is empty. Marks and the
 *  paper's numbers are in the `_state` file beside each; a file whose panels are not there is left out. */
export function paperCsvFiles({ id, panels }: PaperTable): Record<string, string> {
  const files = Object.entries<readonly string[]>(TABLES[id]).map(([name, held]): [string, Table[]] => [
    name,
    panels.filter((panel) => held.length === 0 || held.includes(panel.id)),
  ]);
  return Object.fromEntries(
    files.flatMap(([name, held]) =>
      held.length === 0
        ? []
        : [
            [`${name}.csv`, tableCsv(held)],
            [`${name}_state.csv`, stateCsv(held)],
          ],
    ),
  );
}

function panelOf(evidence: Evidence, id: PanelId): Table {
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
