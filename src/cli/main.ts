import { Command, CommanderError, Option } from "commander";
import { EXIT, Interrupted, UserError, type Fault } from "../core/errors.js";
import { programVersion } from "../core/files.js";
import { environment, keepPathAbsolute } from "../core/home.js";
import { heedWarnings, keepHangupIgnored } from "../core/interruption.js";
import { refuseMisread } from "../core/misread.js";
import { aloneCommands, analyse } from "./analyse.js";
import { cancel } from "./cancel.js";
import { check } from "./check.js";
import { claims } from "./claims.js";
import { compare } from "./compare.js";
import { completion } from "./completion.js";
import { config } from "./config.js";
import { atOnce, collect, integer } from "./shared/option-values.js";
import { data } from "./data.js";
import { engine } from "./engine.js";
import { explained } from "./shared/explain.js";
import { figure } from "./figure.js";
import { exportRun } from "./export.js";
import { wrapsHelp } from "./shared/help.js";
import type { GlobalFlags } from "./shared/globals.js";
import { init } from "./init.js";
import { inspect } from "./inspect.js";
import { metaTest } from "./meta-test.js";
import { metaTrain } from "./meta-train.js";
import { plan } from "./plan.js";
import { jsonNotice, notice, outliveStreams } from "./shared/print.js";
import { report as reportCommand } from "./report.js";
import { run } from "./run.js";
import { methods } from "./methods.js";
import { status } from "./status.js";
import { table } from "./table.js";
import { tune } from "./tune.js";

const HELP_GROUP = "Help, for people, editors and shells:";

/** Every command, in the groups and the order of `--help`. */
const COMMANDS: Readonly<Record<string, readonly (() => Command | Command[])[]>> = {
  "Run an experiment:": [init, plan, run, status, cancel, metaTrain, tune, metaTest],
  "Look at what came of it:": [table, claims, figure, reportCommand, compare, inspect, exportRun],
  "Studies:": [() => aloneCommands(), () => analyse()],
  "Datasets, engines, methods:": [data, engine, methods, check],
  [HELP_GROUP]: [config, completion],
};

/** Parses and runs one command line. @param argv as process.argv. @returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  outliveStreams();
  keepHangupIgnored();
  heedWarnings();
  keepPathAbsolute();
  // What tfjs calls is deprecated from Node 22 on, which is no news to a user.
  Object.assign(process, { noDeprecation: true });
  // An empty variable counts as unset; commander would read a number from it.
  if (environment("METAMD_THREADS") === undefined) delete process.env.METAMD_THREADS;
  const program = build();
  try {
    await program.parseAsync([...argv]);
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    return report(error, program.opts<Pick<GlobalFlags, "verbose" | "data" | "json">>());
  }
}

function build(): Command {
  const program = new Command("metamd")
    .description("Meta-learns optimisers on some datasets and compares them with tuned baselines on a held-out one.")
    .version(programVersion())
    .option("--config <file>", "experiment to run (a YAML file; shipped ones are in configs/)")
    .option("--set <key.path=value>", "override one value of the config (repeatable)", collect, [])
    .option("--results <dir>", "where results are written", "results")
    .option("--data <dir>", "where datasets are", "datasets")
    .addOption(
      new Option("--engine <name>", "tensor engine")
        .choices(["auto", "tensorflow", "wasm", "reference"])
        .default("auto"),
    )
    .addOption(
      new Option("--threads <n>", "processor threads of the engine, per run").env("METAMD_THREADS").argParser(atOnce),
    )
    .option("--preset <name>", "size of the experiment: paper, or a preset of the config (desk, smoke)")
    .option("--seed <n>", "seed of everything random", integer)
    .option("--json", "machine-readable results on stdout", false)
    .option("--quiet", "no progress, errors only", false)
    .option("--verbose", "more on stderr, with stack traces", false)
    .commandsGroup(HELP_GROUP)
    .showSuggestionAfterError()
    .addHelpText("after", HELP)
    .hook("preAction", () => refuseMisread(process.argv))
    .hook("preAction", (_program, command) => plugIn(command.optsWithGlobals<GlobalFlags>()));
  for (const [group, makers] of Object.entries(COMMANDS))
    for (const command of makers.flatMap((make) => make())) program.addCommand(command.helpGroup(group));
  for (const command of everyCommand(program)) wrapsHelp(command.exitOverride());
  return program;
}

/** Loads the plug-ins that the flags name before any command looks at a table. */
async function plugIn(flags: GlobalFlags): Promise<void> {
  if (flags.config === undefined && flags.set.length === 0) return;
  const { loadPlugins } = await import("../config/plugins.js");
  await loadPlugins(flags);
}

const HELP = `
Exit codes: 0 done, 1 a run failed (the others finished), 2 bad usage or config, 3 data missing or corrupt, \
4 engine unavailable, 130 interrupted. Results go to stdout, progress and messages to stderr.

Example: metamd run --config configs/rotated-mnist.yaml --preset desk`;

function* everyCommand(command: Command): Generator<Command> {
  yield command;
  for (const child of command.commands) yield* everyCommand(child);
}

/** Says what went wrong on stderr, as text or as a line of JSON, and gives the exit code. */
function report(thrown: unknown, { verbose, data, json }: Pick<GlobalFlags, "verbose" | "data" | "json">): number {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.ok;
  // No command was named: help has been shown.
  if (thrown instanceof CommanderError && thrown.code === "commander.help") return EXIT.usage;
  const { exitCode, message, faults } = said(thrown, data);
  if (json) jsonNotice({ error: { exitCode, message, ...(faults !== undefined && { faults }) } });
  else notice(message.replace(/^(?=\S)/gm, "metamd: "));
  if (verbose && thrown instanceof Error) notice(thrown.stack ?? "");
  if (!verbose && !json && exitCode === EXIT.runFailed && !(thrown instanceof UserError))
    notice("  hint: this is a bug in metamd; --verbose shows where");
  return exitCode;
}

/** What went wrong, in words, and the exit code that it ends with. */
function said(thrown: unknown, data: string): { exitCode: number; message: string; faults?: readonly Fault[] } {
  if (thrown instanceof CommanderError) return { exitCode: EXIT.usage, message: misunderstood(thrown) };
  if (thrown instanceof Interrupted)
    return { exitCode: EXIT.interrupted, message: "interrupted; run the same command again to go on" };
  const error = explained(thrown, data) ?? thrown;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UserError) return { exitCode: error.exitCode, message, faults: error.faults };
  return { exitCode: EXIT.runFailed, message };
}

/** What helps, by commander's codes. */
const HINTS: Readonly<Record<string, string>> = {
  "commander.unknownCommand": "--help lists them",
  "commander.excessArguments": "--help says what it takes; an experiment is given as --config FILE",
};

/** What commander says, in the form of our own errors. */
function misunderstood({ code, message }: CommanderError): string {
  const said = message.replace(/^error: /, "").replace(/\n\(Did you mean (.*)\?\)$/, "\n  hint: did you mean $1?");
  const hint = said.includes("hint:") ? undefined : HINTS[code];
  return hint === undefined ? said : `${said}\n  hint: ${hint}`;
}
