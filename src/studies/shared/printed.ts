import { keeping } from "../../core/system-error.js";
import type { StudyShow } from "../../reporting/study-show.js";

/** What a command line says of a study that has run. */
export interface Printed {
  /** A text, or what is to be printed as JSON. */
  readonly result: string | object;
  /** What else to know; always: even where somebody wants to hear of errors only. */
  readonly notices: readonly { readonly text: string; readonly always?: true }[];
  /** Whether a part of it went wrong. */
  readonly failed?: boolean;
}

/** Who reads what is printed. */
export interface Reader {
  /** Whether machines do. */
  readonly json: boolean;
  /** Columns of the terminal; undefined: of any width. */
  readonly width: number | undefined;
}

/** What a study's `show.ts` is: it imports core, records and reporting alone. */
export interface ShowModule<Outcome, Made> {
  readonly show: StudyShow;
  printed(outcome: Outcome, reader: Reader): Printed;
  /** A record that was made, in a line. */
  finishedLine?(record: Made): string;
}

/** Writes a file beside what is printed. @param write gives its path. @returns that, the end of a sentence that says it, and a
 *  notice where it cannot be written. */
export function keptFile(write: () => string): {
  readonly file?: string;
  readonly said: string;
  readonly notices: Printed["notices"];
} {
  const written = keeping(write);
  return "notKept" in written
    ? { said: "", notices: [{ text: written.notKept, always: true }] }
    : { file: written.kept, said: `; written: ${written.kept}`, notices: [] };
}

/** Four digits. */
export const short = (value: number): string => String(Number(value.toPrecision(4)));

/** Four digits; of what is tiny three, as 1.23e-7. */
export const shortOrTiny = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(2) : short(value);
