// A narrow ResNet with two threads and an odd batch broke the program's memory: oneDNN's gradient of 1 x 1 filters of stride 2.
import { expect, test } from "vitest";
import { engineOrNone } from "../support/engines.js";
import { stepsInNode, type Printed } from "../support/steps-in-node.js";

const native = await engineOrNone("tensorflow");

test.skipIf(native === undefined).each([
  [4, 17, 2],
  [8, 5, 2],
  [8, 18, 4],
])("width %i, batches of %i, %i threads: it goes through", async (width, batchSize, threads) => {
  const model = { kind: "resnet18s", width, freeze: "none" } as const;
  const ended = await stepsInNode({
    model,
    image: [32, 32, 3],
    method: "sgd",
    learningRate: 0.01,
    batchSize,
    steps: 5,
    threads,
  });
  expect(ended).toMatchObject({ code: 0, signal: null });
  for (const loss of (JSON.parse(ended.stdout) as Printed).losses) expect(loss).toBeLessThan(4);
});
