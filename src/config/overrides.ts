import { parseDocument } from "yaml";
import { EXIT, UserError } from "../core/errors.js";
import { dotted, setFlag, type Layer, type Mapping } from "./layers.js";

/** One `--set key.path=value`; the value is YAML.
 *  @throws UserError (usage) when it is not of that form. */
export function setLayer(argument: string): Layer {
  const fault = (given: string, accepted: string): UserError =>
    new UserError(EXIT.usage, { where: "--set", given, accepted, remedy: "for example --set training.steps=100" });
  const [, left, right] = /^([^=]*)=([^]*)$/.exec(argument) ?? [];
  if (left === undefined || right === undefined) throw fault(`given ${JSON.stringify(argument)}`, "key.path=value");
  const path = left.trim().split(".");
  if (path.some((part) => !/^[\w-]+$/.test(part)))
    throw fault(`given the key ${JSON.stringify(left)}`, "names joined by dots");
  if (path[0] === "presets") throw fault(`given ${dotted(path)}`, "keys of the experiment; --preset chooses a preset");
  const document = parseDocument(right, { prettyErrors: false });
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined)
    throw fault(`given ${JSON.stringify(argument)}, no YAML: ${error.message}`, "a value in YAML");
  return {
    value: nest(path, document.toJS()),
    byFlag: true,
    where: (at) => `--set ${dotted(at)}`,
    remedy: (at, example) => (example === undefined ? "give an accepted value" : `give ${setFlag(at, example)}`),
  };
}

/** `--seed`. */
export const seedLayer = (seed: number): Layer => ({
  value: { seed },
  byFlag: true,
  where: () => "--seed",
  remedy: (_path, example) => `give --seed ${example}`,
});

function nest(path: readonly string[], value: unknown): Mapping {
  const [first, ...rest] = path;
  return Object.fromEntries([[first!, rest.length === 0 ? value : nest(rest, value)]]);
}
