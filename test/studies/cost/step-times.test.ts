import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Interrupted } from "../../../src/core/errors.js";
import { SILENT, type ProgressReporter } from "../../../src/core/progress.js";
import { loadConfig } from "../../../src/config/load.js";
import { stepTimes, timedRows } from "../../../src/studies/cost/step-times.js";
import { openAnalysisStore, type AnalysisStore } from "../../../src/records/analysis-store.js";
import { stepTimesKind, type StepTimes } from "../../../src/studies/cost/record.js";
import { BASE, configWriter } from "../../config/fixtures.js";
import { eachEngine } from "../../support/engines.js";
import { scratchFolder } from "../../support/folder.js";

const folder = scratchFolder();
const config = loadConfig({
  config: configWriter(folder)(BASE),
  set: ["training.batchSize=4", "suite.image={size: 8, channels: 1}"],
});
const LENGTH = { warmUp: 2, blocks: 3, blockSteps: 2 };
const NAMES = ["sgd", "sgd_momentum", "adam", "metamd", "kfac"];

test("the config's methods are timed, with the baselines and K-FAC", () => {
  expect(timedRows(config).map(({ id }) => id)).toEqual(NAMES);
});

test("variants whose step is another are timed too, those that are never run among them", () => {
  const variants = {
    "every-step": { of: "kfac", costOnly: true, methodSettings: { factorEvery: 1, inverseEvery: 1 } },
    short: { of: "metamd", metaTraining: { innerSteps: 5 } },
    momentum: { of: "metamd", methodSettings: { momentum: 0.9 } },
  };
  const text = `${BASE}\nvariants: ${JSON.stringify(variants)}\n`;
  const rows = timedRows(loadConfig({ config: configWriter(folder)(text), set: [] }));
  expect(rows.map(({ id }) => id)).toEqual([...NAMES, "kfac/every-step", "metamd/momentum"]);
  expect(rows.at(-2)!.settings).toMatchObject({ factorEvery: 1, inverseEvery: 1, fisher: "sampled" });
});

await eachEngine(
  ({ name, use }) => {
    let number = 0;
    const storeOf = (): AnalysisStore => openAnalysisStore(join(folder, name, String(number++)));
    const time = async (
      store: AnalysisStore,
      signal = new AbortController().signal,
      progress: ProgressReporter = SILENT,
      length: typeof LENGTH = LENGTH,
    ): Promise<StepTimes> =>
      stepTimes(config, await use(), store, length, { data: join(folder, "no-data"), signal, progress });
    /** Stops at a step. */
    const stopAt = (last: number): [AbortSignal, ProgressReporter] => {
      const stop = new AbortController();
      return [stop.signal, { ...SILENT, at: (step) => void (step === last && stop.abort()) }];
    };

    describe("step times", () => {
      test("have a row per method whose shares are its mean", async () => {
        const store = storeOf();
        const record = await time(store);
        expect(record.rows.map(({ method }) => method)).toEqual(NAMES);
        expect(record.image).toBe("8x8x1");
        for (const { mean, std, median, gradient, preconditioning, update, blocks, blockSteps } of record.rows) {
          expect([blocks, blockSteps]).toEqual([3, 2]);
          for (const value of [mean, median!, gradient]) expect(value).toBeGreaterThan(0);
          expect(std).toBeGreaterThanOrEqual(0);
          expect(gradient + update + preconditioning).toBeCloseTo(mean, 9);
        }
        expect(record.rows[0]!.preconditioning).toBe(0);
        expect(store.read(stepTimesKind, record.id)).toEqual(record);
        expect(await time(store)).toEqual(record);
      });

      test("take only the length from a caller's flags", async () => {
        const flags = { ...LENGTH, config: join(folder, "config.yaml"), quiet: true };
        const record = await time(storeOf(), undefined, SILENT, flags);
        expect(Object.keys(record.settings)).not.toEqual(expect.arrayContaining(["quiet"]));
        expect(JSON.stringify(record)).not.toContain(folder);
        const short = await time(storeOf(), undefined, SILENT, { ...flags, quiet: false } as typeof LENGTH);
        expect(short.id).toBe(record.id);
      });

      test("go on after the last finished round", async () => {
        const store = storeOf();
        const runs = NAMES.length + 1;
        const warm = runs * LENGTH.warmUp;
        const round = runs * LENGTH.blockSteps;
        await expect(time(store, ...stopAt(warm + round + 3))).rejects.toThrow(Interrupted);
        const { id } = await time(openAnalysisStore(join(folder, name, "other")));
        expect(store.has(id)).toBe(false);
        const file = join(store.folderOf(id), "progress.json");
        const kept = JSON.parse(readFileSync(file, "utf8")) as { blocks: number; times: Record<string, number[]> };
        expect(kept.blocks).toBe(1);
        expect(Object.keys(kept.times)).toEqual(["gradient", ...NAMES]);
        let steps = 0;
        const counting = { ...SILENT, at: (): void => void steps++ };
        const record = await time(store, undefined, counting);
        expect(steps).toBe(warm + 2 * round);
        expect(record.id).toBe(id);
        expect(existsSync(file)).toBe(false);
      });
    });
  },
  ["tensorflow", "wasm"],
);
