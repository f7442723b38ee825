import { compareCells, type CellComparison } from "./cells.js";
import { cellTable, claimTable } from "./tables.js";
import { tableCsv } from "../table/csv.js";
import { paperResults } from "./paper-results.js";
import { judgeClaims } from "./verdicts.js";
import { analysesIn } from "../evidence.js";
import type { Evidence, StudyShow } from "../study-show.js";
import type { Experiment } from "../experiment.js";
import { openAnalysisStore } from "../../records/analysis-store.js";

/** What `claims.csv` and `<table>_vs_paper.csv` of an experiment's folder hold, by name, from that folder alone; empty where
 *  the experiment is none of the paper's. */
export function paperFiles(experiment: Experiment, studies: readonly StudyShow[]): Record<string, string> {
  const { experiment: id } = experiment.plan.config;
  if (typeof id !== "string" || !Object.hasOwn(paperResults().compared, id)) return {};
  const evidence = evidenceOf(experiment, studies);
  const cells = compareCells(evidence, id);
  const tables = [...new Set(cells.map(nameOf))].map((name) => [
    `${name}_vs_paper.csv`,
    tableCsv([cellTable(cells.filter((cell) => nameOf(cell) === name))]),
  ]);
  // Analyses of trained models lie with the runs, and decide claims of other experiments.
  const verdicts = judgeClaims(evidence).filter(
    ({ claim, verdict }) => claim.experiment === id || verdict !== "not run",
  );
  return {
    "claims.csv": tableCsv([claimTable(verdicts)]),
    ...(Object.fromEntries(tables) as Record<string, string>),
  };
}

/** An experiment's runs and analyses, and nothing else. */
function evidenceOf(experiment: Experiment, studies: readonly StudyShow[]): Evidence {
  const { folder } = experiment.store;
  const analyses = analysesIn(openAnalysisStore(folder), studies);
  return { results: folder, experiments: [experiment], analyses, studies };
}

/** A printed table's name, with its panel's where the panels are of several experiments: "table1_top", "table8". */
function nameOf({ table, panel }: CellComparison): string {
  const held = paperResults().tables.find(({ id }) => id === table);
  return held !== undefined && held.experiments.length > 1 ? `${table}_${panel}` : table;
}
