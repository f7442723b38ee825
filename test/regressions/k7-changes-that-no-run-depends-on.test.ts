import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { loadConfig, type ResolvedConfig } from "../../src/config/load.js";
import { createModel } from "../../src/models/index.js";
import { initialise } from "../../src/models/initialise.js";
import { everyParameter } from "../../src/models/model.js";
import { stateDict } from "../../src/models/torch-layout.js";
import { writeSafetensors } from "../../src/records/safetensors.js";
import { openRunStore } from "../../src/records/store.js";
import { makePlan } from "../../src/runs/plan/make-plan.js";
import { scratchFolder, userError } from "../support/folder.js";
import { runMain } from "../support/main.js";
import { encodeSafetensors } from "../support/safetensors.js";
import { writeSmallConfig } from "../support/small-config.js";

const folder = scratchFolder();
const config = writeSmallConfig(folder);
let number = 0;

/** Begins a folder with one config and goes on with another. @returns the title in the plan. */
function goOn(first: ResolvedConfig, second: ResolvedConfig): string | undefined {
  const store = openRunStore(join(folder, String(number++)), "t");
  store.writePlan(makePlan(first, folder));
  store.writePlan(makePlan(second, folder));
  return store.plan()!.title;
}

function variant(title: string): string {
  return `variants={v: {of: sgd, title: ${title}, methodSettings: {momentum: 0.5}}}`;
}

test.each([
  ["title=A title", "title=A title with a slip fixed"],
  ["seed=0", "title=added"],
  ["title=taken away", "seed=0"],
  ["table=table1_top", "table=table2"],
  ["experiment=E2", "experiment=E3"],
  [variant("one"), variant("two")],
])("%s, then %s", (before, after) => {
  const title = goOn(loadConfig({ config, set: [before] }), loadConfig({ config, set: [after] }));
  expect(title).toBe(/^title=(.*)$/.exec(after)?.[1]);
});

test("weights that lie elsewhere, or whose path is written otherwise", () => {
  const weights = join(folder, "w.safetensors");
  const model = createModel({ kind: "resnet18s", width: 4, freeze: "none" }, [28, 28, 1], 10);
  const specs = { ...everyParameter(model), ...model.statistics };
  const zeros = Object.entries(specs).map(([name, { shape }]) => [
    name,
    new Float32Array(shape.reduce((a, b) => a * b, 1)),
  ]);
  writeSafetensors(weights, { tensors: stateDict(model, Object.fromEntries(zeros)), metadata: {} });
  const resnet = writeSmallConfig(folder, "", "kind: mlp, hidden: [16]", "kind: resnet18s, width: 4");
  const from = (path: string): ResolvedConfig => loadConfig({ config: resnet, set: [`model.pretrained=${path}`] });
  mkdirSync(join(folder, "elsewhere"));
  cpSync(weights, join(folder, "elsewhere", "other name.safetensors"));
  expect(() => goOn(from(weights), from(join(folder, "elsewhere", "other name.safetensors")))).not.toThrow();
  expect(() => goOn(from(weights), from(relative(process.cwd(), weights)))).not.toThrow();
});

test("analyses take an experiment whose weights lie elsewhere by now", async () => {
  const weights = join(folder, "initial.safetensors");
  const model = createModel({ kind: "resnet18s", width: 1, freeze: "none" }, [28, 28, 1], 10);
  const values = initialise({ ...everyParameter(model), ...model.statistics }, 1);
  writeFileSync(weights, encodeSafetensors({ tensors: stateDict(model, values), metadata: {} }));
  const network = `kind: resnet18s, width: 1, pretrained: ${weights}`;
  const before = writeSmallConfig(folder, "keepWeights: true\n", "kind: mlp, hidden: [16]", network);
  const common = ["--results", join(folder, "analysed"), "--engine", "wasm"];
  expect((await runMain("run", "--config", before, ...common, "--jobs", "1")).code).toBe(0);
  mkdirSync(join(folder, "moved"));
  renameSync(weights, join(folder, "moved", "initial.safetensors"));
  const now = ["--set", `model.pretrained=${join(folder, "moved", "initial.safetensors")}`];
  const { code, err } = await runMain("analyse", "rank", "--config", before, ...common, ...now);
  expect(code, err).toBe(0);
  const other = await runMain("analyse", "rank", "--config", before, ...common, ...now, "--set", "training.steps=9");
  expect(other.code).toBe(2);
  expect(other.err).toContain("another plan: ");
  expect(other.err).toContain("training.steps 9");
});

test("what decides runs is refused, by its keys with both values", () => {
  const set = ["trials=5", "training.steps=9", "title=other"];
  const { message, exitCode } = userError(() => goOn(loadConfig({ config }), loadConfig({ config, set })));
  expect(exitCode).toBe(2);
  expect(message).toContain("plan.json: another plan: training.steps 9\n");
  expect(message).toContain("accepted: the folder's: training.steps 5\n");
});

test("other contents of the same config are told as such", () => {
  const store = openRunStore(join(folder, "contents"), "t");
  const plan = makePlan(loadConfig({ config }), folder);
  store.writePlan(plan);
  const cells = plan.cells.map((cell, i) => ({ ...cell, id: String(i).padStart(16, "0"), dependsOn: [] }));
  expect(userError(() => store.writePlan({ ...plan, cells })).message).toContain(
    "its data, weights or learned files have other contents",
  );
});

test("run goes on with a fixed title, and the tables have it", async () => {
  const args = ["run", "--config", config, "--results", join(folder, "run"), "--engine", "reference", "--jobs", "1"];
  expect((await runMain(...args)).code).toBe(0);
  const fixed = join(folder, "fixed.yaml");
  writeFileSync(fixed, `${readFileSync(config, "utf8")}title: A title with a slip fixed\n`);
  renameSync(fixed, config);
  const { code, err } = await runMain(...args);
  expect(err).not.toContain("another plan");
  expect(code).toBe(0);
});
