import { z } from "zod";
import type { Fault } from "../core/errors.js";
import { nearest } from "../core/registry.js";
import { inPlaceOf, acceptedText, keysOf, schemaAt, type JsonSchema } from "./accepted.js";
import { dotted, ownerOf, setFlag, valueAt, type Layer, type Path } from "./layers.js";

/** Something wrong at a path of the merged config. */
export interface Problem {
  readonly path: Path;
  readonly given: string;
  readonly accepted: string | undefined;
  readonly remedy: string | undefined;
}

/** Problems of a list in which a value stands twice. */
export function repeated(path: Path, list: readonly (string | number)[]): Problem[] {
  return list.flatMap((value, i): Problem[] =>
    list.indexOf(value) === i
      ? []
      : [
          {
            path: [...path, i],
            given: `given ${JSON.stringify(value)} twice`,
            accepted: "every value once",
            remedy: "delete one of them",
          },
        ],
  );
}

/** Says of every problem which file and line, or flag, it comes from. */
export function locate(problems: readonly Problem[], layers: readonly Layer[]): Fault[] {
  return problems.map(({ path, given, accepted, remedy }) => ({
    where: ownerOf(layers, path).where(path),
    given,
    accepted,
    remedy,
  }));
}

/** Puts zod's issues in words: what was given, what is accepted, how to mend it.
 *  @param value what was checked. @param layers where it came from. */
export function problemsOf(schema: z.ZodType, error: z.ZodError, value: unknown, layers: readonly Layer[]): Problem[] {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
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
function unknownKey(json: JsonSchema, path: Path, key: string, value: unknown): Problem & { near: string | undefined } {
  const known = keysOf(schemaAt(json, value, path), valueAt(value, path).value);
  if (path.length === 0 && known.includes("name")) known.push("presets");
  const near = nearest(key, known);
  return {
    path: [...path, key],
    near,
    given: "unknown key",
    accepted: known.join(", "),
    remedy: near === undefined ? "leave it out" : `did you mean ${near}?`,
  };
}

function wrongValue(
  json: JsonSchema,
  path: Path,
  value: unknown,
  layers: readonly Layer[],
  wrong: readonly string[],
): Problem {
  const { found, value: held } = valueAt(value, path);
  const schema = inPlaceOf(schemaAt(json, value, path), held);
  const accepted = acceptedText(schema);
  if (!found) {
    const example = exampleOf(schema);
    const set = example === undefined ? "" : `, or ${setFlag(path, asYaml(example))}`;
    return { path, given: "missing", accepted, remedy: `add it to the file${set}` };
  }
  const tooFew = Array.isArray(held) && held.length < (schema.minItems ?? 0);
  return {
    path,
    given: `given ${show(held)}`,
    accepted: tooFew ? `${accepted}, at least ${schema.minItems}` : accepted,
    remedy: mend(json, path, value, layers, wrong),
  };
}

/** "did you mean shared?", or how to put something accepted there: of a list, what nothing is wrong with. */
function mend(
  json: JsonSchema,
  path: Path,
  value: unknown,
  layers: readonly Layer[],
  wrong: readonly string[],
): string {
  const schema = schemaAt(json, value, path);
  const held = valueAt(value, path).value;
  const near = typeof held === "string" ? nearest(held, (schema.enum ?? []).map(String)) : undefined;
  if (near !== undefined) return `did you mean ${near}?`;
  const index = path.findIndex((part) => typeof part === "number");
  const target = index < 0 ? path : path.slice(0, index);
  const kept = index < 0 ? undefined : valid(valueAt(value, target).value, target, wrong);
  const example = kept ?? exampleOf(schemaAt(json, value, target));
  return ownerOf(layers, path).remedy(target, example === undefined ? undefined : asYaml(example));
}

/** The elements of a list that nothing is wrong with; undefined when none is left. */
function valid(list: unknown, path: Path, wrong: readonly string[]): unknown {
  if (!Array.isArray(list)) return undefined;
  const kept = list.filter((_element, i) => !wrong.some((place) => place.startsWith(dotted([...path, i]))));
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
