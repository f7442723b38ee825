// What the last step left was never looked at: its run was done, and could win a search by guessing the commonest class.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig, type ResolvedConfig } from "../../src/config/load.js";
import type { TrialCell } from "../../src/records/plan.js";
import type { RunRecord } from "../../src/records/record.js";
import { configWriter } from "../config/fixtures.js";
import { eachEngine } from "../support/engines.js";
import { scratchFolder } from "../support/folder.js";
import { runHere } from "../support/runs.js";

const folder = scratchFolder();
const write = configWriter(folder);
const TEXT = `name: last
suite:
  domains: [synthetic-rotated/0]
  protocol: { metaTest: [synthetic-rotated/0] }
  limits: { trainImages: 60, validationImages: 30, testImages: 30 }
model: { kind: mlp, hidden: [8] }
training: { batchSize: 20, steps: 1, aucWindowSteps: 1 }
methods: [sgd]
tuning: { seeds: 1, space: { learningRate: [0.001, 1.0e+38], weightDecay: [0] } }
trials: 1
keepWeights: true
`;
const config = (...set: string[]): ResolvedConfig => loadConfig({ config: write(TEXT), set });
const ALONE = "tuning.space.learningRate=[1.0e+38]";
const FAR = "tuning.space.learningRate=[1.0e+5]";

await eachEngine(
  ({ name, use }) => {
    const trial = async (resolved: ResolvedConfig, into: string) => {
      const { plan, store } = await runHere(resolved, await use(), join(folder, name, into));
      const cell = plan.cells.find((each): each is TrialCell => each.phase === "trial")!;
      return { store, plan, record: store.read(cell.id) };
    };

    test("the point that breaks the model by the last step does not win", async () => {
      const { plan, store, record } = await trial(config(), "search");
      const tuned = plan.cells.filter(({ phase }) => phase === "tune").map(({ id }): RunRecord => store.read(id));
      expect(tuned.map(({ state, selected }) => [state, selected!.learningRate])).toEqual([
        ["done", 0.001],
        ["diverged", 1e38],
      ]);
      expect(record.selected!.learningRate).toBe(0.001);
      expect(record.state).toBe("done");
    });

    test("a trial that is broken by its last step diverged there, and leaves no weights", async () => {
      const { store, record } = await trial(config(ALONE), "alone");
      expect(record.state).toBe("diverged");
      expect(record.divergence!.step).toBe(1);
      const { brokenValues, evaluationLoss } = record.divergence!;
      expect(brokenValues ?? [evaluationLoss]).not.toEqual([undefined]);
      expect(record.metrics.testAccuracy).toBe(record.metrics.chance);
      expect(record.metrics.auc).toBe(Infinity);
      expect(existsSync(store.weightsFile(record.id))).toBe(false);
    });

    test("a last step that goes too far counts as one before it would", async () => {
      const { record } = await trial(config(FAR), "far");
      expect(record.state).toBe("diverged");
      expect(record.divergence!.evaluationLoss).toBeGreaterThan(1e4);
    });
  },
  ["tensorflow", "wasm"],
);
