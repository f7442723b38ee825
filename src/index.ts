// metamd as a library: an experiment from its config to its tables, without a command line. Nothing here prints or ends the
// process. Sub-paths: engine, optimisers, training, records. docs/library.md has examples.
import * as reporting from "./reporting/index.js";
import type { Table, TableFormat } from "./reporting/index.js";
import { showsOf } from "./studies/index.js";

export { EXIT, Interrupted, UserError, type ExitCode, type Fault } from "./core/errors.js";
export type { ProgressReporter } from "./core/progress.js";
export { loadConfig, type ResolvedConfig } from "./config/load.js";
export { loadPlugins } from "./config/plugins.js";
export type { ConfigFlags } from "./config/read-config.js";
export { cancel, estimate, exportLearned, metaTest, metaTrain, plan, run, status, tune } from "./runs/index.js";
export type {
  Cancelled,
  ExperimentStatus,
  ExportFormat,
  OpenedEngine,
  Outcome,
  RunOptions,
  SlurmJobs,
  SlurmOptions,
  Task,
  TaskShare,
  TuneOutcome,
} from "./runs/index.js";
export { readRecords, type ReadRecords, type ReadRun } from "./records/index.js";
export type { Table, TableFormat } from "./reporting/index.js";

/** Makes tables from the records of a results folder.
 *  @param id one of the paper's (`table1` to `table9`, or a panel like `table1_top`), `accuracy` or `auc` of the only
 *  experiment there, or the folder of an experiment for both.
 *  @throws UserError: (usage) an unknown name, with the known ones, or no number; (data) a record is damaged. */
export async function table(results: string, id: string): Promise<readonly Table[]> {
  const studies = await showsOf();
  if (!reporting.isTable(id, studies)) {
    const { experiment, metrics } = reporting.chooseTables(results, studies, id);
    return metrics.map((metric) => reporting.resultTable(reporting.measureTrials(experiment, metric)));
  }
  const { table, panel } = reporting.findTable(id, studies);
  const made = reporting.makeTable(reporting.readEvidence(results, studies), table, panel);
  if (!reporting.hasNumbers(made)) throw reporting.noNumbers(results, table, studies, panel);
  return made.panels;
}

/** Tables as text. @param format csv takes tables with the same columns. */
export const renderTables = (tables: readonly Table[], format: TableFormat): string =>
  reporting.FORMATS[format](tables);
