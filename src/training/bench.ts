import { milliseconds } from "../core/clock.js";
import { namedStream } from "../core/rng.js";
import type { Engine, EngineName } from "../engine/engine.js";
import { sizeOf } from "../engine/host.js";
import { openNamedEngine, type EngineOptions } from "../engine/open.js";
import { createModel, type ModelSettings } from "../models/index.js";
import { initialise } from "../models/initialise.js";
import { everyParameter, type Model } from "../models/model.js";
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

/** Prepares one method's step on one model of a config, for 28x28 images of one channel. @param batchSize examples per step. */
export function stepProbe(engine: Engine, model: ModelSettings, method: MethodId, batchSize: number): StepProbe {
  return modelProbe(engine, createModel(model, INPUT, CLASSES), method, batchSize);
}

/** Prepares one method's step on one model. @param batchSize examples per step. */
export function modelProbe(engine: Engine, built: Model, method: MethodId, batchSize: number): StepProbe {
  const { parameters, layers } = built;
  const create = (learned?: LearnedValues): Optimiser =>
    createOptimiser(method, undefined, { parameters, layers, learned });
  const program = trainingProgram(engine, supervised(built), create, [batchSize], untrained(method, parameters));
  const uniform = namedStream(0, "bench");
  const images = Float32Array.from({ length: batchSize * sizeOf(built.input) }, uniform);
  const labels = Int32Array.from({ length: batchSize }, (_, i) => i % built.classes);
  const batch = { size: batchSize, feeds: { images, labels } };
  program.start(initialise(everyParameter(built), 0));
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

interface Row {
  readonly step: string;
  readonly model: () => Model;
  readonly method: MethodId;
  readonly batchSize: number;
  /** Steps of a block, and how many of the blocks it takes part in: a long step needs no more. */
  readonly steps: number;
  readonly most?: number;
  /** A step takes 12 s on the embedded engine. */
  readonly nativeOnly?: boolean;
}
const mlp = (): Model => createModel({ kind: "mlp", hidden: [256, 256] }, INPUT, CLASSES);
const lenet = (): Model => createModel({ kind: "lenet" }, INPUT, CLASSES);
const resnet = (): Model => createModel({ kind: "resnet18s", width: 64, freeze: "none" }, [32, 32, 3], CLASSES);
const small = { batchSize: 128, steps: 10 };
const large = { batchSize: 32, steps: 1, most: 5, nativeOnly: true };

/** The steps of the table, one row each. */
const ROWS: readonly Row[] = [
  { step: "MLP 784-256-256-10, batch 128, sgd_momentum", model: mlp, method: "sgd_momentum", ...small },
  { step: "MLP 784-256-256-10, batch 128, metamd", model: mlp, method: "metamd", ...small },
  { step: "LeNet, batch 128, sgd_momentum", model: lenet, method: "sgd_momentum", ...small },
  { step: "ResNet18 (CIFAR), batch 32, sgd_momentum", model: resnet, method: "sgd_momentum", ...large },
  { step: "ResNet18 (CIFAR), batch 32, metamd", model: resnet, method: "metamd", ...large },
];

/** The models of the table, for comparisons with other programs. */
export const BENCH_MODELS = { mlp, lenet, resnet18: resnet } as const;

export interface StepTimes {
  readonly engines: readonly EngineName[];
  readonly rows: readonly { readonly step: string; readonly milliseconds: readonly (number | undefined)[] }[];
}

/** Median step times of every engine that opens here, engines and steps interleaved in blocks.
 *  The reference engine is left out: it is for exactness, and a hundred times slower. */
export async function benchEngines(options: EngineOptions, blocks: number): Promise<StepTimes> {
  const engines: EngineName[] = [];
  const cells: { row: Row; column: number; open(): Promise<unknown>; probe: StepProbe; times: number[] }[] = [];
  for (const name of ["tensorflow", "wasm"] as const) {
    const open = (): Promise<Engine> => openNamedEngine(name, options);
    const engine = await open().catch(() => undefined);
    if (engine === undefined) continue;
    const column = engines.push(name) - 1;
    for (const row of ROWS) {
      if (row.nativeOnly === true && name !== "tensorflow") continue;
      cells.push({ row, column, open, probe: modelProbe(engine, row.model(), row.method, row.batchSize), times: [] });
    }
  }
  for (let block = 0; block <= blocks; block++) {
    for (const { row, open, probe, times } of cells) {
      if (block > (row.most ?? blocks)) continue;
      await open();
      const measured = probe.run(row.steps);
      if (block > 0) times.push(...measured);
    }
  }
  const value = (row: Row, column: number): number | undefined => {
    const cell = cells.find((held) => held.row === row && held.column === column);
    return cell && median(cell.times);
  };
  const rows = ROWS.map((row) => ({
    step: row.step,
    milliseconds: engines.map((_name, column) => value(row, column)),
  }));
  return { engines, rows };
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};
