import { z } from "zod";
import type { JsonSchema } from "./accepted.js";

const made = new WeakMap<z.ZodType, JsonSchema>();

/** What a schema accepts, as JSON Schema: made once, since that takes longer than all the rest of reading a config. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const json = made.get(schema) ?? (z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema);
  made.set(schema, json);
  return json;
}

/** What editors check a config file by, as JSON Schema: the keys of the config, and presets that change any of them.
 *  @param title of the kind of config. */
export function fileSchema(schema: z.ZodType, title: string): object {
  const { $schema, ...config } = jsonSchemaOf(schema);
  const presets = {
    type: "object",
    description: "smaller or larger forms of the config, by name: each changes some of its keys (--preset NAME)",
    additionalProperties: { $ref: "#/$defs/preset" },
  };
  return {
    $schema,
    title,
    ...config,
    properties: { ...config.properties, presets },
    $defs: { preset: overlay(config) },
  };
}

/** Of a schema: what asks for keys, and what is taken where none is given. */
const OF_WHOLE_CONFIGS = ["required", "default"];

/** The same where every key may be missing: of several forms a mapping may then fit more than one. */
function overlay(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(overlay);
  if (schema === null || typeof schema !== "object") return schema;
  const kept = Object.entries(schema).filter(([key]) => !OF_WHOLE_CONFIGS.includes(key));
  return Object.fromEntries(kept.map(([key, value]) => [key === "oneOf" ? "anyOf" : key, overlay(value)]));
}
