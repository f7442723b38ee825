import { paperResults, type PrintedTable } from "../paper/paper-results.js";
import type { Evidence, StudyPanel, StudyShow, TableEntry } from "../study-show.js";
import type { Table } from "../table/table.js";
import { withOrigin } from "./origin.js";
import { CONFIGS, PANELS, type PanelEntry, type PanelId } from "./registry.js";
import { trialPanel } from "./trial-panel.js";

/** One of the paper's tables: the paper's rows in its order, then methods it lacks. @param files whose panels each holds. */
export function paperEntry(files: Readonly<Record<string, readonly PanelId[]>>): TableEntry {
  const all = Object.values(files).flat();
  const chosen = (only?: string): PanelId[] => all.filter((one) => only === undefined || one === only);
  return {
    title: `Table ${PANELS[all[0]!].printed.table.replace("table", "")}`,
    files,
    command: (studies, only) => [...new Set(chosen(only).map((id) => commandOf(PANELS[id], studies)))].join(", "),
    panels: (evidence, only) => chosen(only).map((id) => withOrigin(panelOf(evidence, id))),
  };
}

function panelOf(evidence: Evidence, id: PanelId): Table {
  const entry: PanelEntry = PANELS[id];
  const { table, printed } = printedPanel(entry);
  const head = { id, caption: captionOf(table, printed.id), experiment: entry.experiment, suffix: entry.suffix ?? "" };
  if (entry.source === "study") return studyPanel(entry, evidence.studies).make(evidence, head, printed);
  if (printed.metric === "dataset_statistics") throw new Error(`${id}: the paper has no trials there`);
  return trialPanel(evidence, head, printed, entry.source, entry.rows);
}

function commandOf(entry: PanelEntry, studies: readonly StudyShow[]): string {
  const command = entry.source === "study" ? studyPanel(entry, studies).command : "run";
  return `metamd ${command} --config ${CONFIGS[entry.experiment]!}`;
}

/** What fills a panel that is not of trials. */
function studyPanel(entry: PanelEntry, studies: readonly StudyShow[]): StudyPanel {
  const { metric } = printedPanel(entry).printed;
  const [found] = studies.flatMap(({ panels }) => panels?.[metric] ?? []);
  if (found === undefined) throw new Error(`no study measures ${metric}`);
  return found;
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
