import { writeAtomic } from "../../core/files.js";
import { isFinished } from "../../records/record.js";
import { writing } from "../../records/writable.js";
import { boTraceCsv, curvesCsv, paperCsv, resultCsv, runsCsv, runsOfCells, tuningCsv } from "./csv.js";
import { paperFiles } from "../paper/paper-files.js";
import { fileIn, readExperiment, type Experiment } from "../experiment.js";
import { METRICS, resultTable, type ResultTable } from "./result-table.js";
import { allTriedPoints } from "../tuning-trace.js";

export interface WrittenTables {
  /** Accuracy, then AUC. */
  readonly tables: readonly ResultTable[];
  /** Paths of the files. */
  readonly files: readonly string[];
}

/** Derives an experiment's CSV files from its records. The tables depend on results only: the same records give the
 *  same bytes, whenever and however fast they were made; times are in `runs.csv`, `curves.csv` and `tuning.csv` alone. */
export function writeTables(experiment: Experiment): WrittenTables {
  const tables = Object.values(METRICS).map((metric) => resultTable(experiment, metric));
  const texts: Record<string, string> = {};
  for (const table of tables) {
    texts[`${table.metric.id}.csv`] = resultCsv(table);
    texts[`${table.metric.id}.runs.json`] = runsOfCells(experiment, table);
  }
  const paperTable = experiment.plan.table;
  if (paperTable !== undefined) texts[`${paperTable}.csv`] = paperCsv(tables[0]!);
  texts["runs.csv"] = runsCsv(experiment);
  texts["curves.csv"] = curvesCsv(experiment);
  const tried = allTriedPoints(experiment.plan, (id) => experiment.records.get(id));
  if (tried.length > 0) texts["tuning.csv"] = tuningCsv(tried);
  if (tried.some(({ acquisition }) => acquisition !== undefined)) texts["bo_trace.csv"] = boTraceCsv(tried);
  Object.assign(texts, paperFiles(experiment));
  writing(experiment.store.folder, () => {
    for (const [name, text] of Object.entries(texts)) writeAtomic(fileIn(experiment, name), text);
  });
  return { tables, files: Object.keys(texts).map((name) => fileIn(experiment, name)) };
}

/** Writes the tables of all records that there are. Other processes may end runs and write tables at the same time: the
 *  last to write has seen every record. */
export function writeLatestTables(results: string, name: string): WrittenTables {
  for (;;) {
    const experiment = readExperiment(results, name);
    const written = writeTables(experiment);
    const { store, records } = experiment;
    const open = experiment.plan.cells.filter(({ id }) => !isFinished(records.get(id)));
    if (!open.some(({ id }) => store.has(id))) return written;
  }
}
