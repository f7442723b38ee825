import { EXIT, UserError } from "../../core/errors.js";
import { suggestion } from "../../core/registry.js";
import type { Evidence, StudyShow, TableEntry } from "../study-show.js";
import { stateCsv, tableCsv } from "../table/csv.js";
import { tableJson } from "../table/json.js";
import type { Table } from "../table/table.js";
import { paperEntry } from "./paper-panels.js";
import { isPanelId, PANELS, PAPER_TABLES, type PanelId } from "./registry.js";
import { scorePanels, timePanels } from "./scores.js";
import { tuningCostPanels } from "./tuning-cost.js";

/** A table that is made from a whole results folder: one or several panels. */
export interface MadeTable {
  readonly id: string;
  /** Its CSV files, and the panels that each holds; of none: all of them. */
  readonly files: TableEntry["files"];
  readonly panels: readonly Table[];
}

/** Our tables of runs, and what makes their panels. */
const OURS: Readonly<Record<string, TableEntry["panels"]>> = {
  "tuning-cost": tuningCostPanels,
  scores: scorePanels,
  "time-to-target": timePanels,
};

/** Every table that is made from a whole results folder: the paper's, then ours; those of the studies among them. */
export function tablesOf(studies: readonly StudyShow[]): Readonly<Record<string, TableEntry>> {
  const papers = Object.entries(PAPER_TABLES).map(([id, files]): [string, TableEntry] => [id, paperEntry(files)]);
  const handedIn = studies.flatMap(({ tables }) => Object.entries(tables ?? {}));
  const ofPaper = handedIn.filter(([, { title }]) => title !== undefined);
  const ours = handedIn.filter(([, { title }]) => title === undefined);
  const ofRuns = Object.entries(OURS).map(([id, panels]): [string, TableEntry] => [
    id,
    { files: { [id]: [] }, command: () => "metamd run --config FILE", panels },
  ]);
  return Object.fromEntries([...papers, ...ofPaper, ...ofRuns, ...ours]);
}

/** Whether a name is that of a table, or of one of the paper's panels. */
export const isTable = (id: string, studies: readonly StudyShow[]): boolean =>
  Object.hasOwn(tablesOf(studies), id) || isPanelId(id);

/** The names of all tables and panels. */
export const tableNames = (studies: readonly StudyShow[]): string[] => [
  ...Object.keys(tablesOf(studies)),
  ...Object.keys(PANELS),
];

/** What a name asks for: a whole table, or one of its panels. @throws UserError (usage) that lists the names. */
export function findTable(
  id: string,
  studies: readonly StudyShow[],
): { readonly table: string; readonly panel?: PanelId } {
  if (Object.hasOwn(tablesOf(studies), id)) return { table: id };
  if (isPanelId(id)) return { table: PANELS[id].printed.table, panel: id };
  const known = tableNames(studies);
  throw new UserError(EXIT.usage, {
    where: "table",
    given: `unknown name ${JSON.stringify(id)}`,
    accepted: [...new Set(known)].join(", "),
    hint: suggestion(id, known) ?? "choose one of these",
  });
}

/** Makes a table from the records of a results folder; what is not there is an empty cell with a mark.
 *  @param only one panel of it. */
export function makeTable(evidence: Evidence, id: string, only?: PanelId): MadeTable {
  const { files, panels } = tablesOf(evidence.studies)[id]!;
  return { id, files, panels: panels(evidence, only) };
}

/** The command that makes the records of a table, each once. @param only one of its panels. */
export const commandsThatMake = (id: string, studies: readonly StudyShow[], only?: string): string =>
  tablesOf(studies)[id]!.command(studies, only);

/** The error of a table that has no number of ours. */
export const noNumbers = (results: string, id: string, studies: readonly StudyShow[], only?: string): UserError =>
  new UserError(EXIT.usage, {
    where: results,
    given: `no records for ${only ?? id}`,
    accepted: "a results folder with runs or analyses of the experiment that makes it",
    hint: commandsThatMake(id, studies, only),
  });

/** Whether a table has a number of ours. */
export const hasNumbers = ({ panels }: MadeTable): boolean =>
  panels.some(({ rows }) => rows.some(({ cells }) => cells.some(({ samples }) => samples.length > 0)));

/** What lies beside a table as `<id>.json`. */
export const madeTableJson = ({ id, panels }: MadeTable): object => ({
  schemaVersion: 1,
  id,
  panels: panels.map(tableJson),
});

/** The CSV texts of a table by the name of their file: numbers keep every digit, what is absent is empty. Marks and the
 *  paper's numbers are in the `_state` file beside each; a file whose panels are not there is left out. */
export function csvFilesOf({ files: all, panels }: MadeTable): Record<string, string> {
  const files = Object.entries(all).map(([name, held]): [string, Table[]] => [
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
