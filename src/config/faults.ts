import type { z } from "zod";
import type { Fault } from "../core/errors.js";
import { nearest } from "../core/registry.js";
import { aliasOf } from "./aliases.js";
import {
  inPlaceOf,
  acceptedText,
  kindsOf,
  keysOf,
  listedNames,
  namesOf,
  schemaAt,
  type JsonSchema,
} from "./accepted.js";
import { jsonSchemaOf } from "./json-schema.js";
import { dotted, ownerOf, setFlag, valueAt, type Layer, type Path } from "./layers.js";

/** Something wrong at a path of the merged config. */
export interface PathFault {
  readonly path: Path;
  readonly given: string;
  readonly accepted: string | undefined;
  readonly hint: string | undefined;
}

/** Faults of a list in which a value stands twice. */
export function repeated(path: Path, list: readonly (string | number)[]): PathFault[] {
  return list.flatMap((value, i): PathFault[] =>
    list.indexOf(value) === i
      ? []
      : [
          {
            path: [...path, i],
            given: `given ${JSON.stringify(value)} twice`,
            accepted: "every value once",
            hint: "delete one of them",
          },
        ],
  );
}

/** Says of every fault which file and line, or flag, it comes from. */
export function locate(faults: readonly PathFault[], layers: readonly Layer[]): Fault[] {
  return faults.map(({ path, given, accepted, hint }) => ({
    where: ownerOf(layers, path).where(path),
    given,
    accepted,
    hint,
  }));
}

/** Puts zod's issues in words: what was given, what is accepted, how to fix it.
 *  @param value what was checked. @param layers where it came from. */
export function faultsOf(schema: z.ZodType, error: z.ZodError, value: unknown, layers: readonly Layer[]): PathFault[] {
  const json = jsonSchemaOf(schema);
  const issues = error.issues.flatMap((issue) => leaves(issue, [], value));
  const wrong = issues.map(({ path }) => dotted(path));
  const unknown = issues.flatMap(({ path, keys = [] }) => keys.map((key) => unknownKey(json, path, key, value)));
  const meant = unknown.map(({ path, near }) => dotted([...path.slice(0, -1), near ?? ""]));
  const others = issues
    .filter(({ path, keys }) => keys === undefined && !meant.includes(dotted(path)))
    .map(({ path }) => wrongValue(json, path, value, layers, wrong));
  return [...unknown, ...others];
}

interface Leaf {
  readonly path: Path;
  /** Set for unknown keys of the mapping at the path. */
  readonly keys?: readonly string[];
}

/** Issues at the deepest place they can be told at: of alternatives, those of the one that the value was meant for. */
function leaves(issue: z.core.$ZodIssue, above: Path, value: unknown): Leaf[] {
  const path = [...above, ...(issue.path as (string | number)[])];
  if (issue.code === "unrecognized_keys") return [{ path, keys: issue.keys }];
  if (issue.code !== "invalid_union") return [{ path }];
  const inside = issue.errors.filter((alternative) =>
    alternative.some((one) => one.path.length > 0 || one.code === "unrecognized_keys"),
  );
  const meant = inside[0];
  if (meant === undefined || typeof valueAt(value, path).value !== "object") return [{ path }];
  return meant.flatMap((one) => leaves(one, path, value));
}

/** @returns `near`, the key that was meant: that it is missing needs no telling. */
function unknownKey(
  json: JsonSchema,
  path: Path,
  key: string,
  value: unknown,
): PathFault & { near: string | undefined } {
  const known = keysOf(schemaAt(json, value, path), valueAt(value, path).value);
  if (path.length === 0 && known.includes("name")) known.push("presets");
  const alias = aliasOf(json, known, key);
  const near = alias === undefined ? nearest(key, known) : alias.sibling;
  return {
    path: [...path, key],
    near,
    given: "unknown key",
    accepted: known.join(", "),
    hint: alias?.hint ?? (near === undefined ? "leave it out" : `did you mean ${near}?`),
  };
}

function wrongValue(
  json: JsonSchema,
  path: Path,
  value: unknown,
  layers: readonly Layer[],
  wrong: readonly string[],
): PathFault {
  const { found, value: held } = valueAt(value, path);
  const schema = inPlaceOf(schemaAt(json, value, path), held);
  const accepted = acceptedText(schema);
  if (!found) {
    const example = exampleOf(schema);
    const set = example === undefined ? "" : `, or ${setFlag(path, asYaml(example))}`;
    return { path, given: "missing", accepted, hint: `add it to the file${set}` };
  }
  const written = typeof held === "number" ? ownerOf(layers, path).textOf?.(path) : undefined;
  const tooFew = Array.isArray(held) && held.length < (schema.minItems ?? 0);
  return {
    path,
    given: `given ${written ?? show(held)}`,
    accepted: tooFew ? `${accepted}, at least ${schema.minItems}` : `${accepted}${beyondDigits(held, schema)}`,
    hint: fix(json, path, value, layers, wrong),
  };
}

/** What bounds numbers that a computer cannot hold digit by digit; other messages need not say it. */
function beyondDigits(held: unknown, { type }: JsonSchema): string {
  if (typeof held !== "number" || Number.isSafeInteger(Math.trunc(held))) return "";
  if (type === "number") return Number.isFinite(held) ? "" : ", and finite";
  return `, at most ${Number.MAX_SAFE_INTEGER}`;
}

/** What somebody meant who wrote a truth as YAML 1.1 did, a number as a text, or one text for a list of them. */
function meantBy(held: unknown, schema: JsonSchema): unknown {
  const { items } = inPlaceOf(schema, [held]);
  if (typeof held === "string" && items !== undefined) return isText(held, items) ? [held] : undefined;
  const accepts = (value: unknown): boolean =>
    typeof value === "boolean"
      ? schema.type === "boolean" || schema.const === value
      : (schema.type === "number" || schema.type === "integer") && Number.isFinite(value);
  const text = String(held).toLowerCase();
  const truth = Object.hasOwn(TRUTHS, text) ? TRUTHS[text] : undefined;
  if (truth !== undefined && accepts(truth)) return truth;
  if (typeof held !== "string" || !/^[-+]?[\d.][\d_]*(\.\d+)?(e[-+]?\d+)?$/i.test(held)) return undefined;
  const number = Number(held.replaceAll("_", ""));
  return accepts(number) ? number : undefined;
}
const TRUTHS: Readonly<Record<string, boolean>> = {
  yes: true,
  y: true,
  on: true,
  true: true,
  1: true,
  no: false,
  n: false,
  off: false,
  false: false,
  0: false,
};

/** Whether a text is accepted, as far as its own schema alone says. */
const isText = (text: string, { type, enum: names, pattern }: JsonSchema): boolean =>
  names === undefined
    ? type === "string" && (pattern === undefined || new RegExp(pattern).test(text))
    : names.includes(text);

/** "did you mean shared?", or how to put something accepted there: of a list, what nothing is wrong with. */
function fix(json: JsonSchema, path: Path, value: unknown, layers: readonly Layer[], wrong: readonly string[]): string {
  const schema = schemaAt(json, value, path);
  const held = valueAt(value, path).value;
  const near = typeof held === "string" ? nearest(held, namesOf(schema)) : undefined;
  if (near !== undefined) return `did you mean ${near}?`;
  const listed = typeof held === "string" ? nearest(held, listedNames(schema)) : undefined;
  if (listed !== undefined && listed !== held) return `did you mean [${listed}]?`;
  const kind = typeof held === "string" ? nearest(held, kindsOf(schema)) : undefined;
  if (kind !== undefined) return `did you mean { kind: ${kind} }?`;
  const index = path.findIndex((part) => typeof part === "number");
  const target = index < 0 ? path : path.slice(0, index);
  const meant = index < 0 ? meantBy(held, schema) : undefined;
  const kept = index < 0 ? undefined : valid(valueAt(value, target).value, target, wrong);
  const example = meant ?? kept ?? exampleOf(schemaAt(json, value, target));
  return ownerOf(layers, path).hint(target, example === undefined ? undefined : asYaml(example));
}

/** The elements of a list that nothing is wrong with; undefined when none is left. */
function valid(list: unknown, path: Path, wrong: readonly string[]): unknown {
  if (!Array.isArray(list)) return undefined;
  const within = `${dotted(path)}[`;
  const wrongOnes = new Set(
    wrong.filter((place) => place.startsWith(within)).map((place) => parseInt(place.slice(within.length), 10)),
  );
  const kept = list.filter((_element, i) => !wrongOnes.has(i));
  return kept.length > 0 ? kept : undefined;
}

function exampleOf({ default: usual, examples, enum: names }: JsonSchema): unknown {
  const value = usual ?? examples?.[0] ?? names?.[0];
  return value !== null && typeof value === "object" && !Array.isArray(value) ? undefined : value;
}

/** A given value, for messages; long ones are cut. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "number") return String(value);
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** A value as one would write it on a command line: names without quotes. */
function asYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(asYaml).join(",")}]`;
  return typeof value === "string" && /^[\w./-]+$/.test(value) ? value : JSON.stringify(value);
}
