import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createModel, type ModelSettings } from "../../../src/models/index.js";
import { fastestRunsPerGpu, runsPerGpu } from "../../../src/runs/plan/runs-per-gpu.js";
import type { Side } from "../../../src/runs/plan/step-side.js";
import { scratchFolder } from "../../support/folder.js";

const folder = scratchFolder();
const CARD = { index: "0", name: "NVIDIA A100", memoryBytes: 40 * 2 ** 30 };
const MLP: ModelSettings = { kind: "mlp", hidden: [256, 256] };
const STEPPED = { model: MLP, input: [28, 28, 1], classes: 10, batchSize: 128 };
let number = 0;

beforeEach(() => {
  vi.stubEnv("METAMD_ENGINE_DIR", join(folder, "no-engine"));
  vi.stubEnv("XDG_CACHE_HOME", join(folder, `cache-${number++}`));
});
afterEach(() => void vi.unstubAllEnvs());

const sized = (
  model: ModelSettings,
  input: readonly number[],
  batchSize: number,
  memoryBytes = CARD.memoryBytes,
): number =>
  runsPerGpu({ model, input, classes: 10, batchSize }, createModel(model, input, 10), { ...CARD, memoryBytes });

test("small models share a GPU, large ones and small cards do not", () => {
  expect(sized({ kind: "mlp", hidden: [32, 32] }, [28, 28, 1], 64)).toBe(4);
  expect(sized(MLP, [28, 28, 1], 128)).toBe(4);
  expect(sized(MLP, [28, 28, 1], 512)).toBe(2);
  expect(sized(MLP, [28, 28, 1], 4096)).toBe(1);
  expect(sized({ kind: "resnet18s", width: 64, freeze: "none" }, [32, 32, 3], 128)).toBe(1);
  expect(sized(MLP, [28, 28, 1], 128, 6 * 2 ** 30)).toBe(2);
  expect(sized(MLP, [28, 28, 1], 128, 3 * 2 ** 30)).toBe(1);
});

/** Steps of 10 ms, and longer ones where more than so many processes run; more than `fit` of them are an error. */
function seeming(free: number, fit = Infinity): { open: () => Side; count: () => { open: number; opened: number } } {
  let [open, opened] = [0, 0];
  return {
    count: () => ({ open, opened }),
    open() {
      opened++;
      open++;
      return {
        run: (steps) =>
          open > fit
            ? Promise.reject(new Error("no memory"))
            : Promise.resolve(new Array<number>(steps).fill(10 * Math.max(1, open / free))),
        bytes: () => expect.fail("nobody asks"),
        close: () => Promise.resolve(void open--),
      };
    },
  };
}

test("what was measured on this machine comes before the rule", async () => {
  const model = createModel(MLP, STEPPED.input, STEPPED.classes);
  expect(runsPerGpu(STEPPED, model, CARD)).toBe(4);
  const { open, count } = seeming(2);
  expect(await fastestRunsPerGpu(STEPPED, CARD, open)).toBe(2);
  expect(count()).toEqual({ open: 0, opened: 4 });
  expect(runsPerGpu({ ...STEPPED, pluginFiles: [] }, model, CARD)).toBe(2);
  expect(runsPerGpu(STEPPED, model, { ...CARD, name: "another" })).toBe(4);
});

test("runs are tried until they do not fit, and eight at most", async () => {
  expect(await fastestRunsPerGpu(STEPPED, CARD, seeming(8, 4).open)).toBe(4);
  const many = seeming(100);
  expect(await fastestRunsPerGpu(STEPPED, CARD, many.open)).toBe(8);
  expect(many.count()).toEqual({ open: 0, opened: 8 });
  await expect(fastestRunsPerGpu(STEPPED, CARD, seeming(8, 0).open)).rejects.toThrow("no memory");
});
