import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type DocumentOptions,
  type Node,
  type ParseOptions,
  type SchemaOptions,
} from "yaml";
import type { Fault } from "./errors.js";

/** Keys and list indices from the top. */
export type Path = readonly (string | number)[];

/** Repeated keys that are told at most. */
const MAX_REPEATED = 5;
const FIX = "fix the file";

/** A YAML text: its value, and where in the text its parts are. */
export interface Yaml {
  readonly value: unknown;
  /** What is wrong with it as YAML; then there is no value. */
  readonly faults: readonly Fault[];
  /** Line of a value's key; of the nearest mapping above it where there is none. */
  lineOf(path: Path): number;
  /** A scalar as it was written, without quotes: 12345678901234567890 has more digits than a number. */
  textOf(path: Path): string | undefined;
}

/** Reads a YAML text. @param file as messages name it. @param isText whether a number at a path is taken as it is written. */
export function readYaml(
  text: string,
  file: string,
  { isText = () => false, ...options }: Options & { readonly isText?: (path: Path) => boolean } = {},
): Yaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, ...options });
  const found = {
    lineOf: (path: Path) => lines.linePos(place(document, path).offset).line,
    textOf: (path: Path) => {
      const { node, whole } = place(document, path);
      return whole && isScalar(node) ? node.source : undefined;
    },
  };
  const syntax = syntaxFaults(document, text, lines, file);
  if (syntax.length > 0) return { ...found, value: undefined, faults: syntax };
  const doubtful = doubtfulNumbers(document).filter(({ path }) => !isText(path));
  const faults = doubtful.map(({ offset, fault }) => ({ where: `${file}:${lines.linePos(offset).line}`, ...fault }));
  if (faults.length > 0) return { ...found, value: undefined, faults: faults.slice(0, MAX_REPEATED) };
  const plain = valueOf(document);
  if ("value" in plain) return { ...found, value: plain.value, faults: [] };
  return { ...found, value: undefined, faults: [{ where: file, ...plain, accepted: "YAML 1.2", hint: FIX }] };
}
type Options = ParseOptions & DocumentOptions & SchemaOptions;

/** The first slip (what is told after it is mostly its consequence), and keys that are given twice. */
function syntaxFaults(document: Document.Parsed, text: string, lines: LineCounter, file: string): Fault[] {
  const all = [...document.errors, ...document.warnings];
  if (document.directives.yaml.version !== "1.2" && all.length === 0) return [{ where: file, ...EARLIER }];
  const repeated = all.filter(({ code }) => code === "DUPLICATE_KEY").slice(0, MAX_REPEATED);
  const others = all.filter(({ code }) => code !== "DUPLICATE_KEY").sort((a, b) => a.pos[0] - b.pos[0]);
  return [...others.slice(0, 1), ...(others.length > 0 ? [] : repeated)].map(({ code, message, pos }): Fault => {
    const where = `${file}:${lines.linePos(pos[0]).line}`;
    if (code === "MULTIPLE_DOCS") return { where, given: "a second document", accepted: "one", hint: FIX };
    if (code !== "DUPLICATE_KEY")
      return { where, given: `not valid YAML: ${message.slice(0, 200)}`, accepted: "YAML 1.2", hint: FIX };
    const key = /^[^:\s]*/.exec(text.slice(pos[0]))![0];
    return { where, given: `key ${key} given twice`, accepted: "every key once", hint: "delete one of them" };
  });
}

const EARLIER = {
  given: "%YAML 1.1, in which 010 is 8, 1:30 is 90 and yes is true",
  accepted: "YAML 1.2",
  hint: "leave that line out, and write decimal numbers, true and false",
} as const;

/** A number that readers of YAML 1.1 take for another one, or for a text. */
interface Doubtful {
  readonly path: Path;
  readonly offset: number;
  readonly fault: Omit<Fault, "where">;
}

/** The numbers of a document, keys too, that not all readers of YAML read alike. */
export function doubtfulNumbers(document: Document): Doubtful[] {
  const found: Doubtful[] = [];
  visit(document, {
    Scalar(_key, node, ancestors) {
      const { value, source = "", range } = node;
      if (typeof value !== "number" || !/^[-+]?0(o|\d+$)/.test(source)) return;
      const octal = /^[-+]?0[0-7]+$/.test(source) ? Number.parseInt(source, 8) : undefined;
      const given = `given ${source}, which is ${value} in YAML 1.2 and ${octal ?? "a text"} in YAML 1.1`;
      const instead = octal === undefined || octal === value ? value : `${value} or ${octal}`;
      const hint = `write ${instead}; a name belongs in quotes`;
      const fault = { given, accepted: "numbers without a 0 before them", hint };
      found.push({ path: pathOf([...ancestors, node]), offset: range?.[0] ?? 0, fault });
    },
  });
  return found;
}

/** @param chain a node and what it is in, from the document down. */
function pathOf(chain: readonly unknown[]): Path {
  return chain.flatMap((node, i): Path => {
    if (isPair(node)) return [String(isScalar(node.key) ? node.key.value : node.key)];
    return isSeq(node) ? [node.items.indexOf(chain[i + 1])] : [];
  });
}

/** The value of a document, or what is wrong with its aliases: unknown, multiplied without end, or inside themselves. */
export function valueOf(document: Document): { readonly value: unknown } | { readonly given: string } {
  try {
    const value: unknown = document.toJS();
    return isCircular(value, []) ? { given: "an alias inside of what it stands for" } : { value };
  } catch (error) {
    return { given: (error as Error).message };
  }
}

function isCircular(value: unknown, above: readonly unknown[]): boolean {
  if (value === null || typeof value !== "object") return false;
  if (above.includes(value)) return true;
  return Object.values(value).some((inner) => isCircular(inner, [...above, value]));
}

/** The node at a path, and where it or the nearest mapping above it begins. */
function place(document: Document, path: Path): { node: Node | null; offset: number; whole: boolean } {
  let node = document.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(part));
      if (pair === undefined) return { node, offset, whole: false };
      offset = (pair.key as Node).range?.[0] ?? offset;
      next = pair.value;
    } else if (isSeq(node)) {
      next = node.items[Number(part)];
      offset = (next as Node | undefined)?.range?.[0] ?? offset;
    }
    node = (next ?? null) as Node | null;
  }
  return { node, offset, whole: true };
}
