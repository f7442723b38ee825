import { join } from "node:path";
import { writeAtomic, writeAtomicParts } from "../../core/files.js";
import { isFinished } from "../../records/record.js";
import { writing } from "../../records/writable.js";
import type { Evidence, StudyShow } from "../study-show.js";
import { fileIn, readExperiment, type Experiment } from "../experiment.js";
import { paperFiles } from "../paper/paper-files.js";
import { allTriedPoints } from "../tuning-trace.js";
import { tableCsv } from "../table/csv.js";
import { boTraceCsv, curvesCsv, runsCsv, runsOfCells, tuningCsv } from "./experiment-files.js";
import { PANELS, PAPER_TABLES, type PanelId } from "./registry.js";
import { FORMATS } from "../table/formats.js";
import {
  commandsThatMake,
  hasNumbers,
  csvFilesOf,
  makeTable,
  madeTableJson,
  tablesOf,
  type MadeTable,
} from "./make-table.js";
import { resultTable } from "./result-table.js";
import { measureTrials, METRICS } from "../measured/trials.js";

export interface WrittenTables {
  readonly experiment: Experiment;
  /** Paths of the files. */
  readonly files: readonly string[];
}

/** Derives an experiment's CSV files from its records. The tables depend on results only: the same records give the
 *  same bytes, whenever and however fast they were made; times are in `runs.csv`, `curves.csv` and `tuning.csv` alone.
 *  @param curves whether `curves.csv` is written too, which reads every curve: minutes for thousands of long runs. */
export function writeTables(experiment: Experiment, studies: readonly StudyShow[], curves: boolean): WrittenTables {
  const texts: Record<string, Iterable<string>> = {};
  for (const metric of Object.values(METRICS)) {
    const trials = measureTrials(experiment, metric);
    texts[`${metric.id}.csv`] = [tableCsv([resultTable(trials)])];
    texts[`${metric.id}.runs.json`] = [runsOfCells(trials)];
  }
  for (const [name, text] of Object.entries(paperCsvOf(experiment))) texts[name] = [text];
  texts["runs.csv"] = [runsCsv(experiment)];
  if (curves) texts["curves.csv"] = curvesCsv(experiment);
  const tried = allTriedPoints(experiment.plan, (id) => experiment.records.get(id));
  if (tried.length > 0) texts["tuning.csv"] = [tuningCsv(tried, experiment.plan)];
  if (tried.some(({ acquisition }) => acquisition !== undefined))
    texts["bo_trace.csv"] = [boTraceCsv(tried, experiment.plan)];
  for (const [name, text] of Object.entries(paperFiles(experiment, studies))) texts[name] = [text];
  writing(experiment.store.folder, () => {
    for (const [name, parts] of Object.entries(texts)) writeAtomicParts(fileIn(experiment, name), parts);
  });
  return { experiment, files: Object.keys(texts).map((name) => fileIn(experiment, name)) };
}

/** The paper's tables that an experiment's trials make, as CSV texts by file name. */
function paperCsvOf(experiment: Experiment): Record<string, string> {
  const { plan, store } = experiment;
  const evidence = { results: store.folder, experiments: [experiment], analyses: [], studies: [] };
  const makes = (id: PanelId): boolean => {
    const { source, experiment: number } = PANELS[id];
    const named = plan.config.experiment ?? (plan.table === id ? number : undefined);
    return (source === "accuracy" || source === "auc") && named === number;
  };
  const texts = Object.entries<Readonly<Record<string, readonly PanelId[]>>>(PAPER_TABLES).flatMap(([id, files]) => {
    const panels = Object.values(files).flat().filter(makes);
    if (panels.length === 0) return [];
    const tables = panels.map((panel) => makeTable(evidence, id, panel));
    return Object.entries(csvFilesOf({ id, files, panels: tables.flatMap((table) => table.panels) }));
  });
  return Object.fromEntries(texts.filter(([name]) => !name.endsWith("_state.csv")));
}

/** Writes the tables of all records that there are. Other processes may end runs and write tables at the same time: the
 *  last to write has seen every record. */
export function writeLatestTables(results: string, name: string, studies: readonly StudyShow[]): WrittenTables {
  for (;;) {
    const experiment = readExperiment(results, name);
    const written = writeTables(experiment, studies, true);
    const { store, records } = experiment;
    const open = experiment.plan.cells.filter(({ id }) => !isFinished(records.get(id)));
    if (!open.some(({ id }) => store.has(id))) return written;
  }
}

interface AllTables {
  readonly tables: readonly MadeTable[];
  /** Tables without a number of ours, and what would make them. */
  readonly absent: readonly { readonly id: string; readonly hint: string }[];
  readonly files: readonly string[];
}

/** Writes every table that has a number, in every format, below `<results>/tables`, and derives every experiment's CSV
 *  files anew. */
export function writeAllTables(evidence: Evidence): AllTables {
  const { studies } = evidence;
  const all = Object.keys(tablesOf(studies)).map((id) => makeTable(evidence, id));
  const tables = all.filter(hasNumbers);
  const folder = join(evidence.results, "tables");
  const files = tables.flatMap((table) => writeTable(folder, table));
  const absent = all
    .filter((table) => !tables.includes(table))
    .map(({ id }) => ({ id, hint: commandsThatMake(id, studies) }));
  return {
    tables,
    absent,
    files: [...files, ...evidence.experiments.flatMap((one) => writeTables(one, studies, true).files)],
  };
}

function writeTable(folder: string, table: MadeTable): string[] {
  const texts = filesOf(table);
  writing(folder, () => {
    for (const [name, text] of Object.entries(texts)) writeAtomic(join(folder, name), text);
  });
  return Object.keys(texts).map((name) => join(folder, name));
}

/** A table in every format, by file name. */
export const filesOf = (table: MadeTable): Record<string, string> => ({
  [`${table.id}.txt`]: FORMATS.text(table.panels),
  [`${table.id}.md`]: FORMATS.markdown(table.panels),
  [`${table.id}.tex`]: FORMATS.latex(table.panels),
  ...csvFilesOf(table),
  [`${table.id}.json`]: `${JSON.stringify(madeTableJson(table), null, 2)}\n`,
});
