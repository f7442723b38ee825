// A narrow ResNet with two threads and an odd batch broke the program's memory: oneDNN's gradient of 1 x 1 filters of stride 2.
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { inNode } from "../support/binary.js";
import { engineOrNone } from "../support/engines.js";

const native = await engineOrNone("tensorflow");

/** Steps of a narrow ResNet by the program as it is built, in a process of its own, which may die. */
const STEPS = `
  const at = (path) => import(new URL(path + ".js", "file://" + process.argv[1] + "/"));
  const { openNamedEngine } = await at("engine/open");
  const { createModel } = await at("models/index");
  const { supervised } = await at("training/supervised");
  const { trainingProgram } = await at("training/program");
  const { createOptimiser } = await at("optimisers/index");
  const { initialise } = await at("models/initialise");
  const [, , width, size, threads] = process.argv.map(Number);
  const engine = await openNamedEngine("tensorflow", { threads });
  const problem = supervised(createModel({ kind: "resnet18s", width }, [32, 32, 3], 10));
  const program = trainingProgram(engine, problem, () => createOptimiser("sgd", undefined, problem), [size]);
  program.start(initialise(problem.parameters, 1));
  const images = Float32Array.from({ length: size * 3072 }, (_, i) => Math.abs(Math.sin(i)));
  const labels = Int32Array.from({ length: size }, (_, i) => i % 10);
  const losses = [];
  for (let t = 1; t <= 5; t++)
    losses.push(program.step({ size, feeds: { images, labels } }, t, { learningRate: 0.01, weightDecay: 0 }));
  console.log(JSON.stringify(losses));
`;

test.skipIf(native === undefined).each([
  [4, 17, 2],
  [8, 5, 2],
  [8, 18, 4],
])("width %i, batches of %i, %i threads: it goes through", async (...numbers) => {
  const ended = await inNode(STEPS, [join(packageRoot(), "dist", "src"), ...numbers.map(String)]);
  expect(ended).toMatchObject({ code: 0, signal: null });
  for (const loss of JSON.parse(ended.stdout) as number[]) expect(loss).toBeLessThan(4);
});
