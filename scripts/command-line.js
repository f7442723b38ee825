// What every script does with its command line: --help, and what is wrong with it, as the program itself says it.
import { basename, relative } from "node:path";
import { parseArgs } from "node:util";
import { EXIT, UserError } from "../dist/src/core/errors.js";
import { packageRoot } from "../dist/src/core/files.js";
import { suggestion } from "../dist/src/core/registry.js";

/** Reads a script's command line. Ends the script where it asks for help (exit code 0), or something is wrong with it (2).
 *  @param about what the script does. @param options by name: `about`; `value`, what its value is called, without which it is
 *  a switch; `default`; `kind`, "count" for an integer from `least`, "list" for values between commas, "again" for one that may be
 *  given more than once; `accepted` values.
 *  @param operands what comes besides options, by name; the last may end in "...": one or more.
 *  @returns `flags` by name, and `operands`. */
export function commandLine({ about, options = {}, operands = [] }) {
  const known = { ...options, help: { about: "say this" } };
  const types = Object.entries(known).map(([name, { value }]) => [name, { type: value ? "string" : "boolean" }]);
  const { tokens } = parseArgs({ options: Object.fromEntries(types), strict: false, tokens: true });
  if (tokens.some(({ name }) => name === "help")) {
    process.stdout.write(helpText(about, known, operands));
    process.exit(EXIT.ok);
  }
  try {
    return read(tokens, known, operands);
  } catch (error) {
    return failing(error);
  }
}

/** Ends the script with what a user can mend, in words, and with its exit code. @throws any other error. */
export function failing(error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message.replace(/^(?=\S)/gm, `${basename(process.argv[1])}: `));
  return process.exit(error.exitCode);
}

function read(tokens, known, operands) {
  const flags = {};
  for (const [name, { value, default: usual }] of Object.entries(known)) flags[name] = value ? usual : false;
  const given = [];
  const names = Object.keys(known).map((name) => `--${name}`);
  for (const { kind, name, rawName, value } of tokens) {
    if (kind === "positional") given.push(value);
    if (kind !== "option") continue;
    if (!Object.hasOwn(known, name))
      wrong(rawName, "unknown option", names.join(", "), suggestion(rawName, names) ?? "--help");
    const one = valueOf(rawName, value, known[name]);
    flags[name] = known[name].kind === "again" ? [...(flags[name] ?? []), one] : one;
  }
  const several = operands.at(-1)?.endsWith("...") ?? false;
  const isWrong = given.length < operands.length || (given.length > operands.length && !several);
  if (isWrong) wrong("operands", given.join(" ") || "none", operands.join(" ") || "none", "--help");
  return { flags, operands: given };
}

/** The value of an option, of its kind. */
function valueOf(name, given, { value, kind, least = 1, accepted }) {
  if (value === undefined) return given === undefined || wrong(name, `the value ${given}`, "no value");
  if (given === undefined || given.startsWith("--")) wrong(name, "no value", accepted?.join(", ") ?? value);
  if (kind === "count") {
    if (!/^\d{1,9}$/.test(given) || Number(given) < least) wrong(name, given, `integers from ${least}`);
    return Number(given);
  }
  const values = kind === "list" ? given.split(",") : [given];
  const unknown = values.find((one) => accepted !== undefined && !accepted.includes(one));
  if (unknown !== undefined) wrong(name, unknown, accepted.join(", "), suggestion(unknown, accepted));
  return kind === "list" ? values : given;
}

function wrong(where, given, accepted, hint) {
  throw new UserError(EXIT.usage, {
    where,
    given: `given ${given}`.replace(/^given (?=unknown|no )/, ""),
    accepted,
    hint,
  });
}

function helpText(about, known, operands) {
  const script = relative(packageRoot(), process.argv[1]);
  const rows = Object.entries(known).map(([name, { value, about, default: usual }]) => [
    `--${name}${value === undefined ? "" : ` ${value}`}`,
    `${about}${usual === undefined ? "" : ` (default: ${[usual].flat().join(",")})`}`,
  ]);
  const width = Math.max(...rows.map(([flag]) => flag.length));
  const lines = rows.map(([flag, text]) => `  ${flag.padEnd(width)}  ${text}`);
  return `Usage: ${["node", script, "[options]", ...operands].join(" ")}\n\n${about}\n\nOptions:\n${lines.join("\n")}\n`;
}
