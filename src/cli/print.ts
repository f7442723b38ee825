import { printable } from "../core/printable.js";

/** Results go to stdout; everything else (progress, notices, errors) to stderr. */
export function print(text: string): void {
  const shown = printable(text);
  process.stdout.write(shown.endsWith("\n") ? shown : `${shown}\n`);
}

/** One JSON document on stdout, for machines. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** A notice for people, on stderr. */
export function notice(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}
