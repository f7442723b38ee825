import type { z } from "zod";
import type { Fault } from "../core/errors.js";
import { nearest } from "../core/registry.js";
import type { Path, Yaml } from "../core/yaml.js";

/** Faults of a manifest that are told at most. */
const MAX_FAULTS = 10;
const KEYS = "id, title, format, classes, licence, citation, and if need be splits, page, files, note";

/** What is accepted, by the last name in a path. */
const ACCEPTED: Readonly<Record<string, string>> = {
  version: "1",
  datasets: "a list of datasets",
  id: "lower-case letters and digits, in words joined by -",
  title: "a text",
  aliases: "a list of other names",
  format: "class-folders",
  image: "a mapping with height, width and channels (1 or 3)",
  classes: "how many there are, from 2, or a list of two or more names",
  splits: "a mapping of splits to numbers of images",
  splitRule: "official, seeded",
  licence: "a mapping with name and nonCommercial (true, false)",
  name: "a text",
  nonCommercial: "true, false",
  personalImages: "true, false",
  importOnly: "true, false",
  citation: "a text, such as none",
  note: "a text",
  page: "an address that begins with http:// or https://",
  url: "an address that begins with http:// or https://",
  urls: "a list of addresses that begin with http:// or https://",
  files: "a list of files",
  bytes: "a number of bytes, from 1",
  maxBytes: "a number of bytes, from 1",
  sha256: "64 hexadecimal digits in lower case",
  sha1: "40 hexadecimal digits in lower case",
  md5: "32 hexadecimal digits in lower case",
  unpack: "none, gz, bz2, tar, tar.gz, zip",
};

/** Keys whose values are texts, also where YAML sees a number or a truth in them. */
const TEXTS: readonly string[] = ["title", "citation", "note", "name", "classes"];

/** Whether a manifest has a text at a path. */
export function isText(path: Path): boolean {
  const inList = typeof path.at(-1) === "number";
  const key = inList ? path.at(-2) : path.at(-1);
  // The number of classes is a number.
  return typeof key === "string" && TEXTS.includes(key) && (key !== "classes" || inList);
}

/** A manifest's value in which names are as they were written: folders called 0 and 01 are the commonest there are. */
export function asWritten({ value, textOf }: Yaml): unknown {
  const visit = (held: unknown, path: Path): unknown => {
    if (Array.isArray(held)) return held.map((inner: unknown, i) => visit(inner, [...path, i]));
    if (held !== null && typeof held === "object")
      return Object.fromEntries(Object.entries(held).map(([key, inner]) => [key, visit(inner, [...path, key])]));
    return !isText(path) || typeof held === "string" ? held : textOf(path) || held;
  };
  return visit(value, []);
}

/** Says of every issue the line, the dataset, what was given, what is accepted and how to fix it. */
export function manifestFaults(error: z.ZodError, value: unknown, { lineOf }: Yaml, file: string): Fault[] {
  const at = (path: Path): string => `${file}:${lineOf(path)}${datasetOf(value, path)} ${nameOf(path)}`.trimEnd();
  const hint = "fix it; docs/own-dataset.md has an example";
  const faults = error.issues.flatMap((issue): Fault[] => {
    const path = issue.path as Path;
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => {
        const known = path.length === 0 ? "version, datasets" : path.length === 2 ? KEYS : undefined;
        const near = nearest(key, known === undefined ? Object.keys(ACCEPTED) : known.split(/[ ,]+/));
        const instead = near === undefined || near === key ? "leave it out" : `did you mean ${near}?`;
        return { where: at([...path, key]), given: "unknown key", accepted: known, hint: instead };
      });
    const held = path.reduce<unknown>((inner, part) => (inner as Record<string | number, unknown>)?.[part], value);
    const key = path.findLast((part) => typeof part === "string");
    const accepted = key === undefined ? "a mapping with version and datasets" : ACCEPTED[key];
    return [{ where: at(path), given: held === undefined ? "missing" : given(held), accepted, hint }];
  });
  const more = faults.length - MAX_FAULTS;
  if (more <= 0) return faults;
  return [...faults.slice(0, MAX_FAULTS), { where: file, given: `${more} more like these`, hint: "fix these first" }];
}

/** " (id)" of the dataset that a path leads into. */
function datasetOf(value: unknown, [first, index]: Path): string {
  if (first !== "datasets" || typeof index !== "number") return "";
  const { id } = ((value as { datasets?: { id?: unknown }[] }).datasets?.[index] ?? {}) as { id?: unknown };
  return typeof id === "string" ? ` ${id}:` : ` dataset ${index + 1}:`;
}

/** A path without the dataset's number. */
const nameOf = (path: Path): string =>
  (path[0] === "datasets" && path.length > 1 ? path.slice(2) : path)
    .map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join("");

function given(held: unknown): string {
  if (held === null) return "given nothing";
  const text = JSON.stringify(held);
  return `given ${text.length > 80 ? `${text.slice(0, 77)}…` : text}`;
}
