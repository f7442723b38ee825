// What every script does with its command line: --help, and what is wrong with it, as the program itself says it.
import { spawn } from "node:child_process";
import { mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { basename, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { EXIT, UserError } from "../dist/src/core/errors.js";
import { makeFolders, packageRoot } from "../dist/src/core/files.js";
import { suggestion } from "../dist/src/core/registry.js";
import { systemError } from "../dist/src/core/system-error.js";

/** Reads a script's command line. Ends the script where it asks for help (exit code 0), or something is wrong with it (2).
 *  @param about what the script does. @param options by name: `about`; `value`, what its value is called, without which it is
 *  a switch; `default`; `kind`, "count" for an integer from `least`, "counts" for such between commas, "list" for values between
 *  commas, "again" for one that may be given more than once; `accepted` values.
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

/** The folder that a script writes its results to, made and tried before its work: that may take an hour. Ends the script
 *  where the system refuses it. @returns its path. */
export function outputFolder(given) {
  const folder = resolve(given);
  saving(folder, () => {
    makeFolders(folder);
    rmdirSync(mkdtempSync(join(folder, ".writable-")));
  });
  return folder;
}

/** Does what writes into the folder of the results; ends the script where the system refuses it. */
export function saving(folder, write) {
  try {
    return write();
  } catch (error) {
    const about = { where: folder, doing: "written", accepted: "a folder that can be made, or written to" };
    return failing(systemError(error, about) ?? error);
  }
}

/** The program that the script waits for, and the exit code that a signal asks for. */
let running, stopped;

/** A folder of the script's own, which goes when the script ends, also by Ctrl-C and SIGTERM: the program that it waits for
 *  ends first, since that writes there until then. Work that lets no events in keeps the signals waiting. */
export function scratchFolder(name) {
  let folder;
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM"])
    process.on(signal, () => {
      stopped = 128 + constants.signals[signal];
      if (running === undefined) process.exit(stopped);
      running.kill("SIGTERM");
    });
  folder = mkdtempSync(join(tmpdir(), `metamd-${name}-`));
  return folder;
}

/** Runs metamd to its end. @throws what it says, where it does not end well. */
export async function runMetamd(...args) {
  // In a group of its own: Ctrl-C reaches it once, through the script. The second one would end it without its workers.
  const options = { stdio: ["ignore", "ignore", "pipe"], detached: true };
  running = spawn(process.execPath, [join(packageRoot(), "dist", "bin", "metamd.js"), ...args], options);
  let said = "";
  running.stderr.setEncoding("utf8").on("data", (part) => (said += part));
  const code = await new Promise((resolve) => running.on("close", resolve));
  running = undefined;
  if (stopped !== undefined) process.exit(stopped);
  if (code !== 0) throw new Error(said);
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
  if (given === "") wrong(name, "an empty value", accepted?.join(", ") ?? value);
  const isCount = (text) => /^\d{1,9}$/.test(text) && Number(text) >= least;
  if (kind === "count") return isCount(given) ? Number(given) : wrong(name, given, `integers from ${least}`);
  const values = kind === "list" || kind === "counts" ? given.split(",") : [given];
  if (kind === "counts" && !values.every(isCount)) wrong(name, given, `integers from ${least}, between commas`);
  const unknown = values.find((one) => accepted !== undefined && !accepted.includes(one));
  if (unknown !== undefined) wrong(name, unknown, accepted.join(", "), suggestion(unknown, accepted));
  const twice = values.find((one, i) => values.indexOf(one) < i);
  if (twice !== undefined) wrong(name, `${twice} twice`, "each once");
  if (kind === "counts") return values.map(Number);
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
