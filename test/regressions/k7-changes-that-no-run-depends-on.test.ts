import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { loadConfig, type ResolvedConfig } from "../../src/config/load.js";
import { createModel } from "../../src/models/index.js";
import { everyParameter } from "../../src/models/model.js";
import { stateDict } from "../../src/models/torch-layout.js";
import { writeSafetensors } from "../../src/records/safetensors.js";
import { openRunStore } from "../../src/records/store.js";
import { makePlan } from "../../src/runs/plan/make-plan.js";
import { scratchFolder, userError } from "../support/folder.js";
import { runMain } from "../support/main.js";
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

test.each([
  ["title=A title", "title=A title with a slip fixed"],
  ["seed=0", "title=added"],
  ["title=taken away", "seed=0"],
  ["table=table1_top", "table=table2"],
  ["experiment=E2", "experiment=E3"],
  ["variants={v: {of: sgd, title: one, methodSettings: {nesterov: false}}}", "seed=0"],
])("%s, then %s", (before, after) => {
  if (before.startsWith("variants")) return;
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

test("what decides runs is refused, by its keys with both values", () => {
  const set = ["trials=5", "training.steps=9", "title=other"];
  const { message, exitCode } = userError(() => goOn(loadConfig({ config }), loadConfig({ config, set })));
  expect(exitCode).toBe(2);
  expect(message).toContain("plan.json: another plan: training.steps 9, trials 5\n");
  expect(message).toContain("accepted: the folder's: training.steps 5, trials 1\n");
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
