import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.js";
import { MODEL_KINDS, newConfig } from "../../src/config/new-config.js";
import { EXIT, UserError } from "../../src/core/errors.js";
import { isThere } from "../../src/core/files.js";
import { METHOD_IDS } from "../../src/optimisers/index.js";
import { metamd } from "../support/binary.js";
import { writeOwnManifest } from "../support/class-folders.js";
import { scratchFolder } from "../support/folder.js";

const folder = scratchFolder();
const DOMAINS = ["synthetic-rotated/0", "synthetic-rotated/45", "synthetic-rotated/75"];
const init = (output: string, domains: string, methods: string, model = "mlp") =>
  metamd(folder, "init", ...["--domains", domains, "--model", model, "--methods", methods, "--output", output]);

describe("the text", () => {
  test.each(MODEL_KINDS)("for %s is a config that is accepted, with every method, and in its preset", (model) => {
    const path = join(folder, `${model}.yaml`);
    writeFileSync(path, newConfig({ name: model, domains: DOMAINS, model, methods: METHOD_IDS }));
    for (const preset of [undefined, "smoke"]) {
      const config = loadConfig({ config: path, preset });
      expect(config.methods).toEqual(METHOD_IDS);
      expect(config.suite.domains).toEqual(DOMAINS);
      expect(config.model.kind).toBe(model);
    }
  });

  test.each(METHOD_IDS)("for %s alone is accepted", (id) => {
    const path = join(folder, `${id}.yaml`);
    writeFileSync(path, newConfig({ name: id, domains: DOMAINS, model: "mlp", methods: [id] }));
    for (const preset of [undefined, "smoke"]) expect(loadConfig({ config: path, preset }).methods).toEqual([id]);
  });

  test("searches as many learning rates for every method", () => {
    const path = join(folder, "rates.yaml");
    writeFileSync(path, newConfig({ name: "rates", domains: DOMAINS, model: "mlp", methods: METHOD_IDS }));
    const { learningRate, methods } = loadConfig({ config: path }).tuning.space;
    const counts = Object.values(methods).map((axes) => (axes?.learningRate as number[]).length);
    expect(new Set(counts)).toEqual(new Set([(learningRate as number[]).length]));
  });

  test("learns nothing on a domain that is held out", () => {
    const alone = { name: "one", domains: ["mnist"], model: "lenet" } as const;
    expect(() => newConfig({ ...alone, methods: ["sgd", "metamd"] })).toThrow(UserError);
    expect(newConfig({ ...alone, methods: ["sgd"] })).toContain("domains: [mnist]");
  });
});

test("what init writes, plan accepts, and a second init does not replace", async () => {
  const written = await init("My First.yaml", DOMAINS.join(","), "sgd, adam,metamd");
  expect([written.code, written.stdout]).toEqual([EXIT.ok, ""]);
  const path = join(folder, "My First.yaml");
  const text = readFileSync(path, "utf8");
  expect(text).toContain("name: my-first #");
  expect(text).toMatch(/methods: \[sgd, adam, metamd\] # /);
  const planned = await metamd(folder, "plan", "--config", "My First.yaml", "--preset", "smoke", "--engine", "wasm");
  expect({ ...planned, stdout: "", stderr: "" }).toEqual({ code: EXIT.ok, signal: null, stdout: "", stderr: "" });
  const again = await init("My First.yaml", "mnist", "sgd");
  expect(again.code).toBe(EXIT.usage);
  expect(again.stderr).toContain("My First.yaml: it exists already");
  expect(readFileSync(path, "utf8")).toBe(text);
});

test("an own dataset is known where its manifest is", async () => {
  writeOwnManifest(join(folder, "datasets"), "garden-birds", 3);
  expect((await init("birds.yaml", "garden-birds", "sgd,adam", "resnet18s")).code).toBe(EXIT.ok);
  expect(loadConfig({ config: join(folder, "birds.yaml"), data: join(folder, "datasets") }).suite.domains).toEqual([
    "garden-birds",
  ]);
});

test.each<[string, [string, string, string?], string[]]>([
  ["a domain", ["mnst", "sgd"], ['--domains: given "mnst"', "kmnist", "did you mean mnist?"]],
  ["a method", ["mnist", "adm"], ['--methods: given "adm"', "rmsprop", "did you mean adam?"]],
  ["a model", ["mnist", "sgd", "lent"], ['--model: given "lent"', "resnet18s", "did you mean lenet?"]],
  ["no domain", [",", "sgd"], ["--domains: nothing given", "mnist"]],
  ["nothing to learn on", ["mnist", "sgd,metamd"], ["mnist alone", "two domains or more"]],
])("%s that is not known is bad usage that says what is, and nothing is written", async (_what, given, says) => {
  const { code, stderr } = await init("wrong.yaml", ...given);
  expect(code).toBe(EXIT.usage);
  for (const text of says) expect(stderr).toContain(text);
  expect(isThere(join(folder, "wrong.yaml"))).toBe(false);
});

test("without a terminal, what no flag says is bad usage", async () => {
  const { code, stderr } = await metamd(folder, "init", "--domains", "mnist", "--output", "wrong.yaml");
  expect(code).toBe(EXIT.usage);
  expect(stderr).toContain("--model, --methods: not given, and there is no terminal to ask on");
  expect(isThere(join(folder, "wrong.yaml"))).toBe(false);
});
