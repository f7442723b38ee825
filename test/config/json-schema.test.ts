import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { fileSchema } from "../../src/config/json-schema.js";
import { shippedConfigs, STUDIES, type StudyName } from "../../src/config/shipped.js";
import { CONFIG_KINDS, configSchema } from "../../src/studies/index.js";

const studies = [undefined, ...(Object.keys(STUDIES) as StudyName[])];
const shipped = studies.flatMap((study) => shippedConfigs(study));
const validator = (schema: object): z.ZodType => z.fromJSONSchema(schema as never);

test("there is a schema for every kind of config, and each is another", async () => {
  expect([...CONFIG_KINDS].sort()).toEqual(["experiment", ...Object.keys(STUDIES)].sort());
  const schemas = await Promise.all(CONFIG_KINDS.map(async (kind) => fileSchema((await configSchema(kind))(), kind)));
  expect(new Set(schemas.map((schema) => JSON.stringify({ ...schema, title: "" }))).size).toBe(CONFIG_KINDS.length);
});

describe("shipped configs", () => {
  test.each(shipped)("%s names its schema in its first line, and fits it", (path) => {
    const text = readFileSync(path, "utf8");
    const [, named] = /^# yaml-language-server: \$schema=(.*)\n/.exec(text)!;
    const file = join(dirname(path), named!);
    expect(existsSync(file)).toBe(true);
    const schema = validator(JSON.parse(readFileSync(file, "utf8")) as object);
    const config = parse(text, { merge: true }) as Record<string, unknown>;
    expect(schema.safeParse(config).error).toBeUndefined();
    expect(schema.safeParse({ ...config, datasets: [] }).success).toBe(false);
    expect(schema.safeParse({ ...config, presets: { small: { datasets: [] } } }).success).toBe(false);
  });
});

test("what a preset leaves out is not asked for, and what it says is checked", () => {
  const inner = z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("a"), size: z.int() }),
    z.strictObject({ kind: z.literal("b"), size: z.int(), more: z.string() }),
  ]);
  const schema = validator(fileSchema(z.strictObject({ name: z.string(), inner }), "test"));
  const config = { name: "x", inner: { kind: "a", size: 1 } };
  const fits = (preset: object): boolean => schema.safeParse({ ...config, presets: { small: preset } }).success;
  expect([fits({ inner: { size: 2 } }), fits({ inner: { more: "y" } }), fits({})]).toEqual([true, true, true]);
  expect([fits({ inner: { size: "two" } }), fits({ inner: { other: 1 } }), fits({ names: "x" })]).toEqual([
    false,
    false,
    false,
  ]);
  expect(schema.safeParse({ inner: config.inner }).success).toBe(false);
});
