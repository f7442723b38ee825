import { printable, printableName } from "./printable.js";

/** Exit codes of the command line (documented in the README). */
export const EXIT = { ok: 0, runFailed: 1, usage: 2, data: 3, engine: 4, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** One thing that is wrong with what a user gave. */
export interface Fault {
  /** Place: file and line, flag, or dataset. */
  readonly where: string;
  /** What was given, or what is wrong with it. */
  readonly given: string;
  readonly accepted?: string;
  readonly hint?: string;
}

/** Faults that one message tells, and characters of what is wrong with each: what is given may be as long as a file. */
const MOST_FAULTS = 50;
const MOST_GIVEN = 4000;

/** An error a user can fix: where, given, accepted, hint, and the exit code it ends the program with. */
export class UserError extends Error {
  readonly faults: readonly Fault[];
  constructor(
    readonly exitCode: ExitCode,
    faults: Fault | readonly Fault[],
    options?: ErrorOptions,
  ) {
    const all = Array.isArray(faults) ? (faults as readonly Fault[]) : [faults as Fault];
    const left = all.length - MOST_FAULTS;
    const rest = left > 0 ? [`and ${left} more of them, which this list leaves out`] : [];
    super([...all.slice(0, MOST_FAULTS).map(formatFault), ...rest].join("\n"), options);
    this.name = "UserError";
    this.faults = all;
  }
}

/** This machine lacks something that every run needs: no other engine and no other run would help. */
export class MachineFault extends UserError {
  constructor(fault: Fault, options?: ErrorOptions) {
    super(EXIT.engine, fault, options);
    this.name = "MachineFault";
  }
}

/** Ctrl-C or a termination signal, after the checkpoint was written. */
export class Interrupted extends Error {
  constructor() {
    super("interrupted");
    this.name = "Interrupted";
  }
}

function formatFault({ where, given, accepted, hint }: Fault): string {
  const lines = [`${printableName(shortened(where))}: ${indented(shortened(given))}`];
  if (accepted !== undefined) lines.push(`  accepted: ${indented(accepted)}`);
  if (hint !== undefined) lines.push(`  hint: ${indented(hint)}`);
  return lines.join("\n");
}

/** Several lines (of a program's answer) stay below the first: none looks like a message of its own. */
const indented = (text: string): string => printable(text).replace(/\n(?=\S)/g, "\n    ");

const shortened = (text: string): string =>
  text.length <= MOST_GIVEN ? text : `${text.slice(0, MOST_GIVEN)}… (${text.length} characters)`;
