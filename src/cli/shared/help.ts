import { Help, type Command, type Option } from "commander";
import { wrapped } from "../../core/columns.js";

/** Columns that help takes at most. */
const WIDEST = 80;
/** Below so many an option's description stands under it instead of beside it. */
const BESIDE = 66;

/** Gives a command help that shows the options of all commands too, and that fits the terminal. */
export function wrapsHelp(command: Command): void {
  const { stdout, stderr } = process;
  command.configureHelp({ showGlobalOptions: true, optionDescription, formatItem });
  command.configureOutput({
    getOutHelpWidth: () => widthOf(stdout),
    getErrHelpWidth: () => widthOf(stderr),
    writeOut: (text) => void stdout.write(fitted(text, widthOf(stdout))),
    writeErr: (text) => void stderr.write(fitted(text, widthOf(stderr))),
    outputError: () => undefined,
  });
}

/** A command that can't do without a config says so in the first line of its help. */
export const withConfig = (command: Command): Command => command.usage("--config <file> [options]");

const widthOf = ({ columns }: NodeJS.WriteStream): number => Math.min(WIDEST, columns || WIDEST);

/** What commander says, without the defaults that say nothing. */
const optionDescription = (option: Option): string =>
  new Help().optionDescription(option).replace(/ \(default: (?:false|\[\])\)$/, "");

function formatItem(term: string, termWidth: number, description: string, helper: Help): string {
  const width = helper.helpWidth ?? WIDEST;
  if (width >= BESIDE) return Help.prototype.formatItem.call(helper, term, termWidth, description, helper);
  return [`  ${term}`, ...wrapped(`      ${description}`, width, "      ", "whole")].join("\n");
}

/** Breaks long lines between words; an example so that a shell still takes it. @internal Exported for tests. */
export const fitted = (text: string, width: number): string =>
  text
    .split("\n")
    .flatMap((line) => {
      if (!/^(Example: | +)metamd /.test(line)) return wrapped(line, width, indentOf(line), "whole");
      const lines = wrapped(line, width - MARK.length, "    ", "whole");
      return lines.map((one, i) => (i < lines.length - 1 ? one + MARK : one));
    })
    .join("\n");

const MARK = " \\";

const indentOf = (line: string): string => /^ */.exec(line)![0];
