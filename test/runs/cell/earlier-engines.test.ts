import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import { Interrupted } from "../../../src/core/errors.js";
import type { Engine } from "../../../src/engine/engine.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import type { RunRecord } from "../../../src/records/record.js";
import { engineMarks } from "../../../src/reporting/measured/engines.js";
import { configWriter } from "../../config/fixtures.js";
import { scratchFolder } from "../../support/folder.js";
import { runHere } from "../../support/runs.js";

// A run that another engine or processor had begun was recorded as if the last one had made it all.

const folder = scratchFolder();
const config = loadConfig({
  config: configWriter(folder)(`name: begun
suite:
  domains: [synthetic-rotated/0, synthetic-rotated/15]
  protocol: { metaTest: [synthetic-rotated/0] }
  limits: { trainImages: 250, validationImages: 30, testImages: 40 }
model: { kind: mlp, hidden: [6] }
training: { batchSize: 32, steps: 30, aucWindowSteps: 2 }
methods: [metamd]
metaTraining: { metamd: { outerSteps: 4, innerSteps: 5 } }
tuning: { seeds: 1, space: { learningRate: [0.1], weightDecay: [0] } }
trials: 1
`),
});
const wasm = await openNamedEngine("wasm");
/** As a machine with other vector instructions would open it. */
const elsewhere = (instructions: string): Engine => ({
  ...wasm,
  details: { ...wasm.details, kernels: { instructions } },
});

/** Goes on with everything. @returns records by phase. */
async function goOn(engine: Engine, results: string, stopAt?: number): Promise<Record<string, RunRecord>> {
  const { plan, store } = await runHere(config, engine, join(folder, results), stopAt);
  return Object.fromEntries(plan.cells.map(({ id, phase }) => [phase, store.read(id)]));
}
const instructionsOf = ({ engine, earlierEngines }: RunRecord): [string[] | undefined, string] => [
  earlierEngines?.map(({ kernels }) => kernels!.instructions),
  engine.kernels!.instructions,
];

test("a run says every engine that computed it, also one of meta-training, and tables mark it", async () => {
  const [first, second, third] = ["one", "other", "third"].map(elsewhere) as [Engine, Engine, Engine];
  // Within the second outer step, which is computed anew; then twice within the trial.
  await expect(goOn(first, "mixed", 8)).rejects.toThrow(Interrupted);
  await expect(goOn(second, "mixed", 15 + 30 + 10)).rejects.toThrow(Interrupted);
  await expect(goOn(second, "mixed", 10)).rejects.toThrow(Interrupted);
  const records = await goOn(third, "mixed");
  expect(Object.entries(records).map(([phase, one]) => [phase, ...instructionsOf(one)])).toEqual([
    ["meta-train", ["one"], "other"],
    ["tune", undefined, "other"],
    ["trial", ["other"], "third"],
  ]);
  expect(engineMarks([records["trial"]!])[0]!.text).toContain("other, then wasm 4.22.0, float32, CPU, third: 1");
  expect(engineMarks([records["tune"]!])).toEqual([]);
});

test("one that the same engine went on with says nothing of it", async () => {
  await expect(goOn(elsewhere("one"), "alike", 8)).rejects.toThrow(Interrupted);
  for (const record of Object.values(await goOn(elsewhere("one"), "alike")))
    expect(instructionsOf(record)).toEqual([undefined, "one"]);
});
