import { join } from "node:path";
import { packageRoot } from "../../src/core/files.js";
import type { ModelSettings } from "../../src/models/index.js";
import type { MethodId } from "../../src/optimisers/index.js";
import { inNode, type Ended } from "./binary.js";

export interface Steps {
  readonly model: ModelSettings;
  /** Height, width, channels. */
  readonly image: readonly [number, number, number];
  readonly method: MethodId;
  readonly learningRate: number;
  readonly batchSize: number;
  readonly steps: number;
  readonly threads: number;
}

/** What the steps print, as JSON. */
export interface Printed {
  readonly losses: readonly number[];
  /** Of all weights in the end. */
  readonly sum: number;
  readonly engine: { readonly kernels: object };
}

const PROGRAM = `
  const at = (path) => import(new URL(path + ".js", "file://" + process.argv[1] + "/"));
  const { model, image, method, learningRate, batchSize, steps, threads } = JSON.parse(process.argv[2]);
  const { openNamedEngine } = await at("engine/open");
  const { createModel } = await at("models/index");
  const { supervised } = await at("training/supervised");
  const { trainingProgram } = await at("training/program");
  const { createOptimiser } = await at("optimisers/index");
  const { initialise } = await at("models/initialise");
  const engine = await openNamedEngine("tensorflow", { threads });
  const problem = supervised(createModel(model, image, 10));
  const program = trainingProgram(engine, problem, () => createOptimiser(method, undefined, problem), [batchSize]);
  program.start(initialise(problem.parameters, 1));
  const pixels = image[0] * image[1] * image[2];
  const images = Float32Array.from({ length: batchSize * pixels }, (_, i) => Math.abs(Math.sin(i)));
  const labels = Int32Array.from({ length: batchSize }, (_, i) => i % 10);
  const batch = { size: batchSize, feeds: { images, labels } };
  const losses = [];
  for (let t = 1; t <= steps; t++) losses.push(program.step(batch, t, { learningRate, weightDecay: 0 }));
  const sum = Object.values(program.theta()).flatMap((values) => [...values]).reduce((total, value) => total + value, 0);
  console.log(JSON.stringify({ losses, sum, engine: engine.details }));
`;

/** Steps on the native engine by the program as it is built, in a process of its own, which may die.
 *  @param env added to the environment. */
export const stepsInNode = (steps: Steps, env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  inNode(PROGRAM, [join(packageRoot(), "dist", "src"), JSON.stringify(steps)], { env });
