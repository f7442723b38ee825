import { isMapping, type Path } from "./layers.js";

/** The part of JSON schema that says what a value may be. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly pattern?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  /** Our own: what is accepted, where a pattern would say it in signs. */
  readonly accepted?: string;
}

/** What is accepted where a path leads; where alternatives exist, the one that the given value was meant for.
 *  @param value the whole that was given. */
export function schemaAt(schema: JsonSchema, value: unknown, path: Path): JsonSchema {
  let node = schema;
  let held = value;
  for (const part of path) {
    const names = alternatives(node).map(({ properties }) => properties?.[part]?.const);
    const known = names.filter((name) => name !== undefined);
    const one = meant(node, held);
    const next = typeof part === "number" ? one.items : (one.properties?.[part] ?? one.additionalProperties);
    node = known.length > 1 ? { enum: known } : typeof next === "object" ? next : {};
    held = isMapping(held) || Array.isArray(held) ? (held as Record<string | number, unknown>)[part] : undefined;
  }
  return node;
}

/** Of alternatives, that for lists where a list was given. */
export function inPlaceOf(schema: JsonSchema, value: unknown): JsonSchema {
  return Array.isArray(value) ? (alternatives(schema).find(({ items }) => items !== undefined) ?? schema) : schema;
}

/** The keys of the mapping that a schema describes. */
export function keysOf(schema: JsonSchema, value: unknown): string[] {
  return Object.keys(meant(schema, value).properties ?? {});
}

/** The kinds of the mappings among alternatives: of a model, "mlp", "lenet". */
export const kindsOf = (schema: JsonSchema): string[] =>
  alternatives(schema).flatMap(({ properties }) =>
    properties?.kind?.const === undefined ? [] : String(properties.kind.const),
  );

/** The names that a value may be. */
export const namesOf = (schema: JsonSchema): string[] =>
  alternatives(schema).flatMap(({ enum: names, const: name }) =>
    (names ?? (name === undefined ? [] : [name])).map(String),
  );

/** The names that a list in the value's place may have. */
export const listedNames = (schema: JsonSchema): string[] =>
  alternatives(schema).flatMap(({ items }) => (items === undefined ? [] : namesOf(items)));

/** The alternatives of a schema, those inside alternatives too; itself when it has none. */
function alternatives(node: JsonSchema): readonly JsonSchema[] {
  return (node.anyOf ?? node.oneOf)?.flatMap(alternatives) ?? [node];
}

/** The alternative none of whose constants a mapping contradicts, else its first mapping; for a list one of lists; for other values the
 *  first that is no mapping. */
function meant(node: JsonSchema, value: unknown): JsonSchema {
  const all = alternatives(node);
  const lists = all.find(({ items }) => items !== undefined);
  if (Array.isArray(value) && lists !== undefined) return lists;
  const mappings = all.filter(({ properties }) => properties !== undefined);
  if (!isMapping(value)) return all.find(({ properties }) => properties === undefined) ?? all[0]!;
  const fits = ({ properties }: JsonSchema): boolean =>
    Object.entries(properties!).every(
      ([key, { const: constant }]) => constant === undefined || !(key in value) || constant === value[key],
    );
  return mappings.find(fits) ?? mappings[0] ?? node;
}

/** What a schema accepts, in words: "numbers above 0", "shared, strict", "a list of integers from 1". */
export function acceptedText(schema: JsonSchema): string {
  const { type, enum: names, items, properties } = schema;
  if (schema.accepted !== undefined) return schema.accepted;
  if (schema.const !== undefined) return String(schema.const);
  if (names !== undefined) return names.join(", ");
  const all = alternatives(schema);
  if (all.length > 1) {
    const kinds = kindsOf(schema);
    const others = all.filter((one) => one.properties?.kind?.const === undefined).map(acceptedText);
    return [...others, ...(kinds.length > 0 ? [`a mapping with kind ${kinds.join(" or ")}`] : [])].join(", or ");
  }
  if (type === "number") return `numbers${range(schema)}`;
  if (type === "integer") return `integers${range(schema)}`;
  if (type === "boolean") return "true, false";
  if (type === "array") return `a list of ${items?.enum === undefined ? "" : "names: "}${acceptedText(items ?? {})}`;
  if (properties !== undefined) return `a mapping with the keys ${Object.keys(properties).join(", ")}`;
  return type === "string" ? "text" : "another value";
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const known = (bound: number | undefined): boolean =>
    bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  const low = known(minimum) ? `from ${minimum}` : known(exclusiveMinimum) ? `above ${exclusiveMinimum}` : "";
  const high = known(exclusiveMaximum) ? `below ${exclusiveMaximum}` : known(maximum) ? `at most ${maximum}` : "";
  const words = low !== "" && high !== "" ? `${low} and ${high}` : low + high;
  return words === "" ? "" : ` ${words}`;
}
