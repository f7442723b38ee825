import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { EXIT, UserError } from "../core/errors.js";
import { display, isThere, packageRoot } from "../core/files.js";
import { nearest } from "../core/registry.js";
import { reading } from "../core/system-error.js";
import { readText } from "../core/text-file.js";
import { readYaml, type Yaml } from "../core/yaml.js";
import { dotted, isMapping, setFlag, type Layer, type Mapping, type Path } from "./layers.js";
import { shippedConfigs, STUDIES, type StudyName } from "./shipped.js";
import { spelled } from "./spellings.js";

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
  const yaml = readYaml(readText(found, { where: file, accepted: "a YAML file that you may read" }), file, {
    merge: true,
  });
  const value = mappingOf(yaml, file, wanted.begin);
  const at = (at: Path): string => `${file}:${yaml.lineOf(at)} ${dotted(at)}`.trimEnd();
  const fault = (path: Path, given: string, accepted: string, hint: string): UserError =>
    new UserError(EXIT.usage, { where: at(path), given, accepted, hint });
  const layer = (held: Mapping, above: Path): Layer =>
    spelled({
      value: held,
      byFlag: false,
      where: (path) => at([...above, ...path]),
      textOf: (path) => yaml.textOf([...above, ...path]),
      hint: fix,
    });

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
  if (!isMapping(presets)) throw fault(["presets"], "not a mapping", "presets by name", "write presets: {desk: {…}}");
  const layers = Object.entries(presets).map(([name, preset]): [string, Layer] => {
    const place = ["presets", name];
    if (name === "paper") throw fault(place, "the name paper", "another name", "paper is the file itself: rename it");
    if (!/^[a-z0-9][a-z0-9_-]*$/.test(name))
      throw fault(place, `the name ${JSON.stringify(name)}`, "lower-case letters, digits, _ and -", "rename it");
    if (!isMapping(preset))
      throw fault(place, "not a mapping", "the keys that differ from the file's", "write them, or {}");
    return [name, layer(preset, place)];
  });
  return { file, base: layer(own, []), presets: Object.fromEntries(layers) };
}

/** The command that a file is the config of, where that is not the one asked for. */
function otherStudy(value: Mapping, study: StudyName | undefined): string | undefined {
  const given = value.study;
  if (given === undefined) return study !== undefined && "suite" in value ? "run" : undefined;
  if (given === study || typeof given !== "string" || !Object.hasOwn(STUDIES, given)) return undefined;
  return STUDIES[given as StudyName].replace("metamd ", "");
}

const fix: Layer["hint"] = (path, example) =>
  example === undefined ? "fix the file" : `fix the file, or ${setFlag(path, example)}`;

function find(path: string | undefined, study: StudyName | undefined): string {
  const shipped = shippedConfigs(study).map(display);
  const accepted = `a YAML file; shipped: ${shipped.join(", ")}`;
  const fault = (where: string, given: string, hint?: string): UserError =>
    new UserError(EXIT.usage, { where, given, accepted, hint });
  if (path === undefined) throw fault("--config", "missing", "name the experiment with --config FILE");
  const candidates = [resolve(path), join(packageRoot(), path)];
  const found = reading({ where: path, accepted }, () => candidates.find(isThere));
  if (found === undefined) {
    const near = nearest(path, shipped);
    if (path === "-") throw fault(path, "no such file", "standard input is --config /dev/stdin");
    const unreadable = path.includes("\ufffd") ? "rename it: its name is not UTF-8" : "check the path";
    throw fault(path, "no such file", near === undefined ? unreadable : `did you mean ${near}?`);
  }
  if (statSync(found).isDirectory()) throw fault(path, "a folder, not a file", "name a file in it");
  return found;
}

/** The mapping that a parsed file holds. @param begin how to begin one.
 *  @throws UserError (usage) with what is wrong as YAML, and its line. */
export function mappingOf({ value, faults }: Yaml, file: string, begin: string): Mapping {
  if (faults.length > 0) throw new UserError(EXIT.usage, faults);
  if (isMapping(value)) return value;
  throw new UserError(EXIT.usage, {
    where: file,
    given: value === null ? "an empty file" : "not a mapping at the top",
    accepted: "key: value lines",
    hint: begin,
  });
}
