import { columns, wrapped } from "../../core/columns.js";
import { printable, printableName } from "../../core/printable.js";
import { EXIT } from "../../core/errors.js";

const GREY = "\x1b[90m";
const PLAIN = "\x1b[0m";

/** Prints a text, some of whose paragraphs are grey on a terminal that has colours. */
export function printWithGrey(text: string, isGrey: (paragraph: string) => boolean): void {
  const coloured = process.stdout.isTTY === true && process.stdout.hasColors();
  const painted = printable(text)
    .split("\n\n")
    .map((paragraph) => (coloured && isGrey(paragraph) ? GREY + paragraph + PLAIN : paragraph));
  process.stdout.write(painted.join("\n\n"));
}

/** Results go to stdout; everything else (progress, notices, errors) to stderr. */
export function print(text: string): void {
  const shown = printable(text);
  process.stdout.write(shown.endsWith("\n") ? shown : `${shown}\n`);
}

/** Columns of the terminal that results are printed on; undefined where they go elsewhere, which takes lines of any
 *  length. */
export const terminalWidth = (): number | undefined => widthOf(process.stdout);
const widthOf = ({ isTTY, columns }: NodeJS.WriteStream): number | undefined =>
  isTTY === true && columns > 0 ? Math.max(NARROWEST, columns) : undefined;
const NARROWEST = 20;

/** Prints rows under headings, as wide as the terminal takes them. */
export const printColumns = (titles: readonly string[], rows: readonly (readonly string[])[]): void =>
  print(columns(titles, rows, terminalWidth()));

/** Prints lines, wrapped where a terminal is narrower. */
export const printLines = (lines: readonly string[]): void =>
  print(lines.flatMap((line) => wrapped(line, terminalWidth() ?? Infinity, "  ")).join("\n"));

/** The files that a command wrote, one a line. */
export const writtenFiles = (files: readonly string[]): string =>
  ["written:", ...files.map((file) => `  ${printableName(file)}`)].join("\n");

/** One JSON document on stdout, for machines. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** A notice for people, on stderr. A narrower terminal gets it broken between words: paths stay whole, to be copied. */
export function notice(text: string): void {
  const width = widthOf(process.stderr) ?? Infinity;
  const lines = printable(text).split("\n");
  const broken = lines.flatMap((line) => wrapped(line, width, `${/^ */.exec(line)![0]}  `, "whole"));
  process.stderr.write(`${broken.join("\n")}\n`);
}

/** A line of JSON for machines, on stderr. */
export function jsonNotice(value: unknown): void {
  process.stderr.write(`${printable(JSON.stringify(value))}\n`);
}

/** Lets the work go on when whoever reads the results or messages is gone, or has no room for them. Of results that could
 *  not be written the messages say so, and the exit code unless it is another one already; a reader that had enough
 *  (`metamd table | head`) is no fault. */
export function outliveStreams(): void {
  process.stderr.on("error", () => undefined);
  let lost = false;
  process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (code === "EPIPE" || lost) return;
    lost = true;
    process.stderr.write(`metamd: stdout: the result cannot be written: ${message}\n`);
    process.on("exit", (exitCode) => {
      if (exitCode === EXIT.ok) process.exitCode = EXIT.usage;
    });
  });
}
