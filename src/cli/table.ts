// metamd table: regenerate the tables from the records.
import { Command, Option } from "commander";
import { EXIT, UserError } from "../core/errors.js";
import type { Evidence, StudyShow } from "../reporting/index.js";
import { folderOf } from "./shared/experiments.js";
import type { GlobalFlags } from "./shared/globals.js";
import { notice, print, printJson, terminalWidth, writtenFiles } from "./shared/print.js";
interface Flags extends GlobalFlags {
  format: "text" | "csv" | "markdown" | "latex";
  explain?: string[];
  statistics?: true;
}

const HELP = `
Tables:
  table1 to table9   the paper's; table1_top, table8_auc: one panel of them
  accuracy, auc      an experiment's own, or its folder's name: both
  scores             mean ranks, performance profiles, steps saved
  time-to-target     steps and seconds until a loss is reached
  tuning-cost        what tuning each method cost
  fig1_summary       iterations on the quadratics
  hypergradient      how far Algorithm 2 is right
  all                every one with records, in all formats, in <results>/tables

Of several sizes of an experiment the one with the latest numerics is shown, then the fullest preset, unless --preset \
says which.

Examples:
  metamd table table2 --format latex
  metamd table table2 --explain metamd CIFAR10
  metamd table all
  metamd table table1_top --statistics
  metamd table accuracy --config configs/rotated-mnist.yaml --format markdown`;

export function table(): Command {
  return new Command("table")
    .description("regenerate tables from the records: the paper's, or an experiment's accuracy and AUC")
    .argument("[id]", "table1 to table9, a panel (table1_top), all, accuracy, auc, or a folder of the results")
    .addOption(
      new Option("--format <name>", "how it is printed").choices(["text", "csv", "markdown", "latex"]).default("text"),
    )
    .option("--explain <method column...>", "where one cell of a paper's table comes from: its method and column")
    .option("--statistics", "tests against the best baseline, confidence intervals and mean ranks instead of the table")
    .addHelpText("after", HELP)
    .action(async (id: string | undefined, _own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { findTable, isTable } = await import("../reporting/index.js");
      const studies = await shows();
      if (flags.statistics === true) return printStatistics(flags, id);
      if (id === "all") return printAll(flags);
      if (id !== undefined && isTable(id, studies)) return printMadeTable(flags, id);
      if (flags.explain !== undefined) {
        if (id === undefined) throw noTable(flags.explain);
        findTable(id, studies);
      }
      return printExperiment(flags, id);
    });
}

/** One of the paper's tables, or where a cell of it comes from. */
async function printMadeTable(flags: Flags, id: string): Promise<void> {
  const { explain, explainJson, findCells, findTable, FORMATS, hasNumbers, noNumbers } =
    await import("../reporting/index.js");
  const { csvFilesOf, makeTable, madeTableJson } = await import("../reporting/index.js");
  const evidence = await evidenceOf(flags);
  const { table, panel } = findTable(id, evidence.studies);
  const made = makeTable(evidence, table, panel);
  if (flags.explain !== undefined) {
    const cells = findCells(made, ...pairOf(flags.explain, id));
    if (flags.json) printJson(cells.map(explainJson));
    else print(cells.map((cell) => explain(cell, flags.results)).join("\n\n"));
    return;
  }
  if (!hasNumbers(made)) throw noNumbers(flags.results, table, evidence.studies, panel);
  if (flags.json) printJson(madeTableJson(made));
  else if (flags.format !== "csv") print(FORMATS[flags.format](made.panels, terminalWidth()));
  else {
    const texts = Object.entries(csvFilesOf(made)).filter(([name]) => !name.endsWith("_state.csv"));
    print(texts.map(([, text]) => text).join("\n"));
  }
}

const noTable = (given: readonly string[]): UserError =>
  new UserError(EXIT.usage, {
    where: "--explain",
    given: `${given.join(" ")}, but no table before it`,
    accepted: "a table, then a method and a column",
    hint: "metamd table table2 --explain METHOD COLUMN",
  });

/** Method and column of `--explain`. */
function pairOf(given: readonly string[], id: string): [string, string] {
  if (given.length === 2) return [given[0]!, given[1]!];
  throw new UserError(EXIT.usage, {
    where: "--explain",
    given: given.join(" "),
    accepted: "a method and a column, after the table",
    hint: `metamd table ${id} --explain METHOD COLUMN`,
  });
}

/** What the trials behind a table say of differences between methods. */
async function printStatistics(flags: Flags, id: string | undefined): Promise<void> {
  const { format } = flags;
  if (format === "latex")
    throw new UserError(EXIT.usage, {
      where: "--statistics",
      given: "--format latex",
      accepted: "text, csv, markdown",
    });
  const { compareWithBaseline, comparedTrials, renderStatistics, statisticsJson } =
    await import("../reporting/index.js");
  const only = flags.config === undefined ? undefined : await folderOf(flags);
  const compared = comparedTrials(flags.results, await shows(), id, only, flags.preset).map(compareWithBaseline);
  if (flags.json) return printJson(compared.map(statisticsJson));
  print(compared.map((one) => renderStatistics(one, format, terminalWidth())).join("\n"));
}

/** Every table that has records: written in all formats, printed as text. */
async function printAll(flags: Flags): Promise<void> {
  const { FORMATS, madeTableJson, writeAllTables } = await import("../reporting/index.js");
  const { tables, absent, files } = writeAllTables(await evidenceOf(flags));
  if (flags.json) printJson({ tables: tables.map(madeTableJson), absent, files });
  else {
    const missing = absent.map(({ id, hint }) => `${id}: no records; ${hint}`);
    print([...tables.map(({ panels }) => FORMATS.text(panels, terminalWidth())), ...missing].join("\n"));
  }
  if (!flags.quiet) notice(writtenFiles(files));
}

/** Accuracy and AUC of one experiment. */
async function printExperiment(flags: Flags, id: string | undefined): Promise<void> {
  const { chooseTables, FORMATS, measureTrials, resultsJson, resultTable, writeTables } =
    await import("../reporting/index.js");
  const only = flags.config === undefined ? undefined : await folderOf(flags);
  const studies = await shows();
  const { experiment, metrics } = chooseTables(flags.results, studies, id, only, flags.preset);
  const trials = metrics.map((metric) => measureTrials(experiment, metric));
  if (flags.json) printJson(trials.map(resultsJson));
  else print(trials.map((one) => FORMATS[flags.format]([resultTable(one)], terminalWidth())).join("\n"));
  const { keeping } = await import("../core/system-error.js");
  const written = keeping(() => writeTables(experiment, studies, false));
  if ("notKept" in written) notice(written.notKept);
  else if (!flags.quiet) notice(writtenFiles(written.kept.files));
}

/** What a results folder holds: all of it, of one preset, or of one config's experiment. */
async function evidenceOf(flags: Flags): Promise<Evidence> {
  const { onlyExperiment, readEvidence } = await import("../reporting/index.js");
  const studies = await shows();
  if (flags.config === undefined) return readEvidence(flags.results, studies, flags.preset);
  return onlyExperiment(readEvidence(flags.results, studies), await folderOf(flags));
}

/** What the studies hand in. */
async function shows(): Promise<StudyShow[]> {
  const { showsOf } = await import("../studies/index.js");
  return showsOf();
}
