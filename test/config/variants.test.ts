import { describe, expect, test } from "vitest";
import { loadConfig, type ResolvedConfig } from "../../src/config/load.js";
import { methodOf, rowOf, rowsOf } from "../../src/config/variants.js";
import { metamdSettings } from "../../src/meta/metamd/settings.js";
import { scratchFolder, userError } from "../support/folder.js";
import { BASE, configWriter } from "./fixtures.js";

const write = configWriter(scratchFolder());
const load = (variants: string, ...set: string[]): ResolvedConfig =>
  loadConfig({ config: write(`${BASE}variants: ${variants}\n`), set });
const MODES = "{ plain: { of: metamd, title: Direct, metaTraining: { mode: direct } } }";

describe("variants", () => {
  test("are rows after the methods, with ids of their own and settings of their method", () => {
    const config = load(MODES, "metaTraining.metamd={outerSteps: 3, gamma: 0.5}");
    const rows = rowsOf(config);
    expect(rows.map(({ id, title }) => `${id}: ${title}`)).toEqual([
      "sgd: SGD",
      "adam: Adam",
      "metamd: MetaMD",
      "metamd/plain: Direct",
    ]);
    const learned = metamdSettings.parse({ outerSteps: 3, gamma: 0.5 });
    expect(rows[2]!.learning).toEqual({ id: "metamd", method: "metamd", settings: learned });
    const direct = { ...learned, mode: "direct" };
    expect(rows[3]!.learning).toEqual({ id: "metamd/plain", method: "metamd", settings: direct });
    expect(methodOf("metamd/plain")).toBe("metamd");
  });

  test("without a way to learn of their own share what the method learns, also one that is no row", () => {
    const config = load("{ fast: { of: metamd_momentum, methodSettings: { momentum: 0.5 } } }");
    const row = rowOf(config, "metamd_momentum/fast");
    expect(row).toMatchObject({ title: "MetaMD (momentum 0.9), fast", settings: { momentum: 0.5 } });
    expect(row.learning).toMatchObject({ id: "metamd", method: "metamd" });
  });

  test("change what they name and nothing else: defaults do not come back", () => {
    const config = load("{ x: { of: adam, methodSettings: { beta1: 0.5 } } }", "methodSettings.adam={eps: 0.1}");
    expect(rowOf(config, "adam/x").settings).toMatchObject({ beta1: 0.5, eps: 0.1, beta2: 0.999 });
    expect(rowOf(config, "adam").settings).toMatchObject({ beta1: 0.9, eps: 0.1 });
  });

  test.each([
    [
      "{ x: { of: metamd, metaTraining: { mode: dirct } } }",
      'variants.x.metaTraining.mode: given "dirct"\n  accepted: alg2, direct, eq13, ift-only, unrolled\n  hint: did you mean direct?',
    ],
    [
      "{ x: { of: metamd, metaTraining: { mode: unrolled, inverse: { kind: neumann } } } }",
      "variants.x.metaTraining.inverse: given a Neumann series, but mode unrolled of metamd/x inverts nothing\n" +
        "  accepted: exact\n  hint: set it to exact for metamd/x",
    ],
    [
      "{ x: { of: sgd, metaTraining: {} } }",
      "variants.x.metaTraining: unknown key\n  accepted: of, title, methodSettings, costOnly\n  hint: leave it out",
    ],
    [
      "{ x: { of: metamd } }",
      "variants.x: given what metamd is already\n  accepted: settings that differ from those of every other row\n" +
        "  hint: change or delete it",
    ],
    [
      "{ x: { of: adam, methodSettings: { beta1: 0.5 } }, y: { of: adam, methodSettings: { beta1: 0.5 } } }",
      "variants.y: given what adam/x is already\n  accepted: settings that differ from those of every other row\n" +
        "  hint: change or delete it",
    ],
    [
      "{ a/b: { of: adam, methodSettings: { beta1: 0.5 } } }",
      'variants.a/b: given the name "a/b"\n  accepted: lower-case letters, digits, dots, _ or -, a letter or digit first\n' +
        "  hint: give it another name",
    ],
  ])("%s is refused", (given, message) => {
    expect(userError(() => load(given)).message.replace(/^.*:20 /, "")).toBe(message);
  });

  test("a classifier cannot be learned for drawn classes; the variant that asks for it is named", () => {
    const set = ["suite.classesPerTask=5", "metaTraining.metamd.includeHead=false"];
    expect(() => load(MODES, ...set)).not.toThrow();
    const asks = "{ x: { of: metamd, metaTraining: { includeHead: true } } }";
    expect(userError(() => load(asks, ...set)).message).toMatch(/variants\.x\.metaTraining\.includeHead: given true\n/);
  });
});
