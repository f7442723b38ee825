import { milliseconds } from "../core/clock.js";
import { namedStream } from "../core/rng.js";
import type { Engine, EngineName } from "../engine/engine.js";
import { openNamedEngine, type EngineOptions } from "../engine/open.js";
import { createModel, type ModelSettings } from "../models/index.js";
import { initialise } from "../models/initialise.js";
import { createOptimiser, untrained, type MethodId } from "../optimisers/index.js";
import type { LearnedValues, Optimiser } from "../optimisers/optimiser.js";
import { supervised } from "../problems/supervised.js";
import { trainingProgram } from "./program.js";

const INPUT = [28, 28, 1];
const CLASSES = 10;

/** A step on made-up images, for measuring: no data is needed. */
export interface StepProbe {
  /** Runs steps and gives the milliseconds of each, loss read back. */
  run(steps: number): number[];
  dispose(): void;
}

/** Prepares one method's step on one model. @param batchSize examples per step. */
export function stepProbe(engine: Engine, model: ModelSettings, method: MethodId, batchSize: number): StepProbe {
  const built = createModel(model, INPUT, CLASSES);
  const { parameters, layers } = built;
  const create = (learned?: LearnedValues): Optimiser =>
    createOptimiser(method, undefined, { parameters, layers, learned });
  const program = trainingProgram(engine, supervised(built), create, [batchSize], untrained(method, parameters));
  const uniform = namedStream(0, "bench");
  const images = Float32Array.from({ length: batchSize * 784 }, uniform);
  const labels = Int32Array.from({ length: batchSize }, (_, i) => i % CLASSES);
  const batch = { size: batchSize, feeds: { images, labels } };
  program.start(initialise(built.parameters, 0));
  let t = 0;
  return {
    run(steps) {
      return Array.from({ length: steps }, () => {
        const begun = milliseconds();
        program.step(batch, ++t, { learningRate: 1e-3, weightDecay: 1e-4 });
        return milliseconds() - begun;
      });
    },
    dispose: () => program.dispose(),
  };
}

/** The steps of the table, one row each. */
const ROWS: readonly { readonly step: string; readonly model: ModelSettings; readonly method: MethodId }[] = [
  {
    step: "MLP 784-256-256-10, batch 128, sgd_momentum",
    model: { kind: "mlp", hidden: [256, 256] },
    method: "sgd_momentum",
  },
  { step: "MLP 784-256-256-10, batch 128, metamd", model: { kind: "mlp", hidden: [256, 256] }, method: "metamd" },
  { step: "LeNet, batch 128, sgd_momentum", model: { kind: "lenet" }, method: "sgd_momentum" },
];
const BATCH_SIZE = 128;
const BLOCK = 10;

export interface StepTimes {
  readonly engines: readonly EngineName[];
  readonly rows: readonly { readonly step: string; readonly milliseconds: readonly (number | undefined)[] }[];
}

/** Median step times of every engine that opens here, engines and steps interleaved in blocks.
 *  The reference engine is left out: it is for exactness, and a hundred times slower. */
export async function benchEngines(options: EngineOptions, blocks: number): Promise<StepTimes> {
  const engines: EngineName[] = [];
  const cells: { row: number; column: number; open(): Promise<unknown>; probe: StepProbe; times: number[] }[] = [];
  for (const name of ["tensorflow", "wasm"] as const) {
    const open = (): Promise<Engine> => openNamedEngine(name, options);
    const engine = await open().catch(() => undefined);
    if (engine === undefined) continue;
    const column = engines.push(name) - 1;
    ROWS.forEach(({ model, method }, row) => {
      cells.push({ row, column, open, probe: stepProbe(engine, model, method, BATCH_SIZE), times: [] });
    });
  }
  for (let block = 0; block <= blocks; block++) {
    for (const { open, probe, times } of cells) {
      await open();
      const measured = probe.run(BLOCK);
      if (block > 0) times.push(...measured);
    }
  }
  const value = (row: number, column: number): number | undefined => {
    const cell = cells.find((held) => held.row === row && held.column === column);
    return cell && median(cell.times);
  };
  const rows = ROWS.map(({ step }, row) => ({
    step,
    milliseconds: engines.map((_name, column) => value(row, column)),
  }));
  return { engines, rows };
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};
