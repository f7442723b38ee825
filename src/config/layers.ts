import type { Path } from "../core/yaml.js";

export type { Path } from "../core/yaml.js";

export type Mapping = Readonly<Record<string, unknown>>;

/** Values from one source, and where that source has them. */
export interface Layer {
  readonly value: Mapping;
  /** Whether it is a flag of the command line. */
  readonly byFlag: boolean;
  /** The place of a value, for messages: "configs/x.yaml:14 training.steps", "--set training.steps". */
  where(path: Path): string;
  /** A value as it was written, where that is known: numbers may have had more digits. */
  textOf?(path: Path): string | undefined;
  /** How to put something accepted there. @param example absent where nobody can guess one. */
  hint(path: Path, example: string | undefined): string;
}

export const isMapping = (value: unknown): value is Mapping =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** "tuning.space.learningRate[2]". */
export function dotted(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`),
    "",
  );
}

/** "--set training.steps=100". */
export const setFlag = (path: Path, value: string): string => `--set ${dotted(path)}=${value}`;

/** Lays later layers over earlier ones: mappings are merged key by key, everything else is replaced. */
export function merge(layers: readonly Layer[]): Mapping {
  return layers.reduce<Mapping>((under, { value }) => mergeMappings(under, value), {});
}

function mergeMappings(under: Mapping, over: Mapping): Mapping {
  const keys = [...new Set([...Object.keys(under), ...Object.keys(over)])];
  return Object.fromEntries(
    keys.map((key) => {
      if (!Object.hasOwn(over, key)) return [key, under[key]];
      const [lower, upper] = [Object.hasOwn(under, key) ? under[key] : undefined, over[key]];
      return [key, isMapping(lower) && isMapping(upper) ? mergeMappings(lower, upper) : upper];
    }),
  );
}

/** A mapping without the key at a path. */
export function without(value: Mapping, [key, ...rest]: Path): Mapping {
  const under = value[key!];
  if (rest.length > 0) return isMapping(under) ? { ...value, [key!]: without(under, rest) } : value;
  return Object.fromEntries(Object.entries(value).filter(([other]) => other !== key));
}

/** The value at a path, and whether there is one. */
export function valueAt(value: unknown, path: Path): { readonly found: boolean; readonly value?: unknown } {
  let node = value;
  for (const part of path) {
    if (node === null || typeof node !== "object" || !Object.hasOwn(node, part)) return { found: false };
    node = (node as Record<string | number, unknown>)[part];
  }
  return { found: true, value: node };
}

/** The uppermost layer that has a value at the path, or at its longest beginning that any layer has. */
export function ownerOf(layers: readonly Layer[], path: Path): Layer {
  for (let length = path.length; length >= 0; length--) {
    const owner = layers.findLast((layer) => valueAt(layer.value, path.slice(0, length)).found);
    if (owner !== undefined) return owner;
  }
  return layers[0]!;
}
