import { existsSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { LineCounter, parseDocument, type Document } from "yaml";
import { EXIT, UserError, type Fault } from "../core/errors.js";
import { packageRoot } from "../core/files.js";
import { nearest } from "../core/registry.js";
import { dotted, isMapping, lineOf, setFlag, type Layer, type Mapping, type Path } from "./layers.js";
import { shippedConfigs, STUDIES, type StudyName } from "./shipped.js";

/** A config file: its own values, and those of its presets. */
export interface ConfigFile {
  /** As messages name it. */
  readonly file: string;
  readonly base: Layer;
  readonly presets: Readonly<Record<string, Layer>>;
}

/** Which config files are meant, and how to begin one. */
export interface Wanted {
  /** Absent: experiments. */
  readonly study?: StudyName;
  readonly begin: string;
}

/** Reads a config file.
 *  @param path relative to the working folder, else to the package's folder.
 *  @throws UserError (usage) with every syntax error and its line; for the config of another command. */
export function readConfigFile(path: string | undefined, wanted: Wanted): ConfigFile {
  const found = find(path, wanted.study);
  const file = display(found);
  const lines = new LineCounter();
  const text = readFileSync(found, "utf8");
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const value = contentsOf(document, text, lines, file, wanted.begin);
  const at = (at: Path): string => `${file}:${lineOf(document, lines, at)} ${dotted(at)}`.trimEnd();
  const fault = (path: Path, given: string, accepted: string, remedy: string): UserError =>
    new UserError(EXIT.usage, { where: at(path), given, accepted, remedy });

  const other = otherStudy(value, wanted.study);
  if (other !== undefined) {
    const accepted = `one of ${wanted.study === undefined ? "an experiment" : STUDIES[wanted.study]}`;
    throw fault(
      other === "run" ? [] : ["study"],
      `a config of metamd ${other}`,
      accepted,
      `metamd ${other} --config ${file}`,
    );
  }
  const { presets = {}, ...own } = value;
  if (!isMapping(presets)) throw fault(["presets"], "no mapping", "presets by name", "write presets: {desk: {…}}");
  const layers = Object.entries(presets).map(([name, preset]): [string, Layer] => {
    const place = ["presets", name];
    if (name === "paper") throw fault(place, "the name paper", "another name", "paper is the file itself: rename it");
    if (!/^[a-z0-9][a-z0-9_-]*$/.test(name))
      throw fault(place, `the name ${JSON.stringify(name)}`, "lower-case letters, digits, _ and -", "rename it");
    if (!isMapping(preset))
      throw fault(place, "no mapping", "the keys that differ from the file's", "write them, or {}");
    return [name, { value: preset, byFlag: false, where: (path) => at([...place, ...path]), remedy: mend }];
  });
  return { file, base: { value: own, byFlag: false, where: at, remedy: mend }, presets: Object.fromEntries(layers) };
}

/** The command that a file is the config of, where that is not the one asked for. */
function otherStudy(value: Mapping, study: StudyName | undefined): string | undefined {
  const given = value.study;
  if (given === undefined) return study !== undefined && "suite" in value ? "run" : undefined;
  if (given === study || typeof given !== "string" || !Object.hasOwn(STUDIES, given)) return undefined;
  return STUDIES[given as StudyName].replace("metamd ", "");
}

const mend: Layer["remedy"] = (path, example) =>
  example === undefined ? "mend the file" : `mend the file, or ${setFlag(path, example)}`;

function find(path: string | undefined, study: StudyName | undefined): string {
  const shipped = shippedConfigs(study).map(display);
  const accepted = `a YAML file; shipped: ${shipped.join(", ")}`;
  const fault = (where: string, given: string, remedy?: string): UserError =>
    new UserError(EXIT.usage, { where, given, accepted, remedy });
  if (path === undefined) throw fault("--config", "missing", "name the experiment with --config FILE");
  const found = [resolve(path), join(packageRoot(), path)].find((candidate) => existsSync(candidate));
  if (found === undefined) {
    const near = nearest(path, shipped);
    throw fault(path, "no such file", near === undefined ? "check the path" : `did you mean ${near}?`);
  }
  if (!statSync(found).isFile()) throw fault(path, "no file but a folder", "name a file in it");
  return found;
}

/** A path as short as it can be told from here. */
export function display(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}

/** The mapping that a parsed file holds. @param begin how to begin one.
 *  @throws UserError (usage) with every syntax error and its line. */
export function contentsOf(
  document: Document.Parsed,
  text: string,
  lines: LineCounter,
  file: string,
  begin: string,
): Mapping {
  const remedy = "mend the file";
  const syntax = [...document.errors, ...document.warnings].map(({ code, message, pos }): Fault => {
    const where = `${file}:${lines.linePos(pos[0]).line}`;
    if (code === "MULTIPLE_DOCS") return { where, given: "a second document", accepted: "one", remedy };
    if (code !== "DUPLICATE_KEY") return { where, given: `no YAML: ${message}`, accepted: "YAML 1.2", remedy };
    const key = /^[^:\s]*/.exec(text.slice(pos[0]))![0];
    return { where, given: `key ${key} given twice`, accepted: "every key once", remedy: "delete one of them" };
  });
  if (syntax.length > 0) throw new UserError(EXIT.usage, syntax);
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    throw new UserError(EXIT.usage, { where: file, given: (error as Error).message, accepted: "YAML 1.2", remedy });
  }
  if (isMapping(value)) return value;
  throw new UserError(EXIT.usage, {
    where: file,
    given: value === null ? "an empty file" : "no mapping at the top",
    accepted: "key: value lines",
    remedy: begin,
  });
}
