// metamd analyse: the paper's analyses and ours, a command each; and those that stand alone, like metamd quadratic.
import { Command, Option } from "commander";
import { EXIT } from "../core/errors.js";
import { interruption } from "../core/interruption.js";
import { STUDIES, type Study, type StudyOption } from "../studies/index.js";
import { withConfig } from "./shared/help.js";
import { collect, integer, positiveInteger } from "./shared/option-values.js";
import type { GlobalFlags } from "./shared/globals.js";
import { notice, print, printJson, terminalWidth } from "./shared/print.js";

type Studies = Readonly<Record<string, Study>>;

/** The commands of the studies that stand alone, in the order of their table. */
export const aloneCommands = (studies: Studies = STUDIES): Command[] =>
  Object.values(studies)
    .filter(({ command }) => command.alone === true)
    .map(commandOf);

/** `metamd analyse`, with the commands of the other studies in the order of their table. */
export function analyse(studies: Studies = STUDIES): Command {
  const group = new Command("analyse").description(
    "the paper's analyses and ours, on stored runs and on problems of their own",
  );
  for (const study of Object.values(studies)) if (study.command.alone !== true) group.addCommand(commandOf(study));
  return group.addHelpText(
    "after",
    "\nExample: metamd analyse landscape --config configs/landscape-digits.yaml --preset desk",
  );
}

function commandOf(study: Study): Command {
  const { name, description, options = [], help } = study.command;
  const command = withConfig(new Command(name)).description(description).addHelpText("after", help);
  for (const option of options) command.addOption(optionOf(option));
  return command.action((_own: unknown, called: Command) => conduct(study, called.optsWithGlobals<GlobalFlags>()));
}

const PARSERS = { integer, "positive integer": positiveInteger, list: collect };

function optionOf({ flags, description, takes, default: value }: StudyOption): Option {
  const option = new Option(flags, description);
  if (takes !== undefined) option.argParser<unknown>(PARSERS[takes] as (text: string, before: unknown) => unknown);
  return value === undefined ? option : option.default(value);
}

async function conduct({ command, conduct: run }: Study, flags: GlobalFlags): Promise<void> {
  const { progressReporter } = await import("./shared/progress.js");
  const stop = command.stopping === undefined ? undefined : interruption(command.stopping);
  const events = {
    signal: stop?.signal ?? new AbortController().signal,
    progress: progressReporter(flags.quiet),
    onNotice: (text: string) => {
      if (!flags.quiet) notice(text);
    },
  };
  const { result, notices, failed } = await run(flags, events, { json: flags.json, width: terminalWidth() }).finally(
    () => stop?.release(),
  );
  if (typeof result === "string") print(result);
  else printJson(result);
  for (const { text, always } of notices) if (always === true || !flags.quiet) notice(text);
  process.exitCode = failed === true ? EXIT.runFailed : EXIT.ok;
}
