import { Command } from "commander";
import { beforeEach, vi } from "vitest";
import { UserError } from "../../src/core/errors.js";

/** Runs commands in this process with their output caught; it is emptied before every test. */
export interface CommandLine {
  readonly written: { out: string; err: string };
  run(...argv: string[]): Promise<void>;
  /** The user error that a command line ends in. */
  refused(...argv: string[]): Promise<UserError>;
}

/** @param results default of --results. */
export function commandLine(command: () => Command, results: string): CommandLine {
  const written = { out: "", err: "" };
  beforeEach(() => {
    written.out = written.err = "";
    vi.spyOn(process.stdout, "write").mockImplementation((text) => ((written.out += String(text)), true));
    vi.spyOn(process.stderr, "write").mockImplementation((text) => ((written.err += String(text)), true));
  });

  async function run(...argv: string[]): Promise<void> {
    const program = new Command("metamd").exitOverride();
    program.option("--results <dir>", "", results).option("--config <file>").option("--preset <name>");
    program.option("--json", "", false).option("--quiet", "", false).option("--set <x...>", "", []);
    await program.addCommand(command().exitOverride()).parseAsync(argv, { from: "user" });
  }
  async function refused(...argv: string[]): Promise<UserError> {
    const error: unknown = await run(...argv).catch((thrown: unknown) => thrown);
    if (!(error instanceof UserError)) throw error;
    return error;
  }
  return { written, run, refused };
}
