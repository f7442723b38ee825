import { isScalar, parseDocument, visit, type Document, type Node } from "yaml";
import { EXIT, UserError } from "../core/errors.js";
import { doubtfulNumbers, valueOf } from "../core/yaml.js";
import { dotted, setFlag, type Layer, type Mapping, type Path } from "./layers.js";
import { spelled } from "./spellings.js";

/** No key of a config lies this deep. */
const MOST_LEVELS = 100;

/** One `--set key.path=value`; the value is YAML.
 *  @throws UserError (usage) when it is not of that form. */
export function setLayer(argument: string): Layer {
  const fault = (given: string, accepted: string): UserError =>
    new UserError(EXIT.usage, { where: "--set", given, accepted, hint: "for example --set training.steps=100" });
  const [, left, right] = /^([^=]*)=([^]*)$/.exec(argument) ?? [];
  if (left === undefined || right === undefined) throw fault(`given ${JSON.stringify(argument)}`, "key.path=value");
  const path = left.trim().split(".");
  if (path.length > MOST_LEVELS) throw fault(`given a key of ${path.length} levels`, `keys of at most ${MOST_LEVELS}`);
  if (path.some((part) => !/^[\w-]+$/.test(part)))
    throw fault(`given the key ${JSON.stringify(left)}`, "names joined by dots");
  if (path[0] === "presets") throw fault(`given ${dotted(path)}`, "keys of the experiment; --preset chooses a preset");
  const document = parseDocument(right, { prettyErrors: false });
  const [error] = [...document.errors, ...document.warnings];
  const [doubtful] = doubtfulNumbers(document);
  if (doubtful !== undefined) throw new UserError(EXIT.usage, { where: `--set ${dotted(path)}`, ...doubtful.fault });
  const read = error === undefined ? wholeValue(document, right) : { given: `not valid YAML: ${error.message}` };
  if ("given" in read) throw fault(`given ${JSON.stringify(argument)}, ${read.given}`, "a value in YAML");
  return spelled({
    value: nest(path, read.value),
    byFlag: true,
    textOf: (at) =>
      dotted(at.slice(0, path.length)) === dotted(path) ? numberText(document, at.slice(path.length)) : undefined,
    where: (at) => `--set ${dotted(at)}`,
    hint: (at, example) => (example === undefined ? "give an accepted value" : `give ${setFlag(at, example)}`),
  });
}

/** A number as it is written: what a YAML parser makes of 1e400 is another. */
function numberText(document: Document, path: Path): string | undefined {
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  return isScalar(node) && typeof node.value === "number" ? node.source : undefined;
}

/** `--seed`. */
export const seedLayer = (seed: number): Layer => ({
  value: { seed },
  byFlag: true,
  where: () => "--seed",
  hint: (_path, example) => `give --seed ${example}`,
});

/** `--pretrained`: a file of initial weights. */
export const pretrainedLayer = (file: string): Layer => ({
  value: { model: { pretrained: file } },
  byFlag: true,
  where: (path) => `--pretrained (${dotted(path)})`,
  hint: () => "give --pretrained FILE",
});

/** The value of a whole text. In a file "#" begins a comment and a line end is a space; on a command line both are meant. */
function wholeValue(document: Document, text: string): { readonly value: unknown } | { readonly given: string } {
  const raw = text.trim();
  const node = document.contents as Node | null;
  if (node === null) return { value: raw === "" ? null : raw };
  const { anchor } = node as { anchor?: string };
  if (anchor !== undefined) return { given: `with the anchor &${anchor}: put it in quotes` };
  if (isScalar(node) && node.type === "PLAIN" && node.source !== raw) return { value: raw };
  if (text.slice(node.range?.[1]).trim() !== "" || hasComment(document))
    return { given: 'of which everything after " #" would be dropped as a comment: put it in quotes' };
  return valueOf(document);
}

function hasComment(document: Document): boolean {
  let found = false;
  visit(document, {
    Node: (_key, { comment, commentBefore }) => {
      found ||= (comment ?? commentBefore ?? "") !== "";
    },
  });
  return found;
}

function nest(path: readonly string[], value: unknown): Mapping {
  const [first, ...rest] = path;
  return Object.fromEntries([[first!, rest.length === 0 ? value : nest(rest, value)]]);
}
