import type { Command } from "commander";

/** Columns that help takes at most. */
const WIDTH = 80;

/** Gives a command help that shows the options of all commands too, and that wraps. */
export function wrapsHelp(command: Command): void {
  command.configureHelp({ showGlobalOptions: true, helpWidth: WIDTH });
  command.configureOutput({
    writeOut: (text) => void process.stdout.write(wrapped(text)),
    writeErr: (text) => void process.stderr.write(wrapped(text)),
    outputError: () => undefined,
  });
}

/** Breaks long lines between words; an example so that a shell still takes it. @internal Exported for tests. */
export const wrapped = (text: string): string =>
  text
    .split("\n")
    .map((line) =>
      /^(Example: | +)metamd /.test(line) ? folded(line, " \\", "    ") : folded(line, "", indentOf(line)),
    )
    .join("\n");

function folded(line: string, mark: string, indent: string): string {
  if (line.length <= WIDTH) return line;
  const cut = line.lastIndexOf(" ", WIDTH - mark.length);
  if (cut <= indent.length) return line;
  return `${line.slice(0, cut)}${mark}\n${folded(indent + line.slice(cut + 1), mark, indent)}`;
}

const indentOf = (line: string): string => /^ */.exec(line)![0];
