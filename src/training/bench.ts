import { median } from "../core/averages.js";
import { EXIT, UserError } from "../core/errors.js";
import type { Engine, EngineName } from "../engine/engine.js";
import type { EngineOptions } from "../engine/engine.js";
import { openNamedEngine } from "../engine/open.js";
import { map } from "../core/tree.js";
import { createModel, type ModelSettings } from "../models/index.js";
import type { Model } from "../models/model.js";
import type { MethodId } from "../optimisers/index.js";
import { machine } from "../records/machine.js";
import { inBlocks, type Contestant } from "./blocks.js";
import { modelProbe } from "./step-probe.js";
import type { EngineTimes, Timed } from "./engine-times.js";

const INPUT = [28, 28, 1];
const CLASSES = 10;

interface Row {
  readonly step: string;
  readonly model: BenchModel;
  readonly method: MethodId;
  readonly batchSize: number;
  /** Steps of a block, and how many of the blocks it takes part in: a long step needs no more. */
  readonly steps: number;
  readonly most?: number;
  readonly nativeOnly?: boolean;
}
type BenchModel = "mlp" | "lenet" | "resnet18";
/** Models of the table: settings, input and classes. */
const MODELS: Readonly<Record<BenchModel, Parameters<typeof createModel>>> = {
  mlp: [{ kind: "mlp", hidden: [256, 256] }, INPUT, CLASSES],
  lenet: [{ kind: "lenet" }, INPUT, CLASSES],
  resnet18: [{ kind: "resnet18s", width: 64, freeze: "none" }, [32, 32, 3], CLASSES],
};
const small = { batchSize: 128, steps: 10 };
const large = { batchSize: 32, steps: 1, most: 5, nativeOnly: true };

/** The steps of the table, one row each. */
const ROWS: readonly Row[] = [
  { step: "MLP 784-256-256-10, batch 128, sgd_momentum", model: "mlp", method: "sgd_momentum", ...small },
  { step: "MLP 784-256-256-10, batch 128, metamd", model: "mlp", method: "metamd", ...small },
  { step: "LeNet, batch 128, sgd_momentum", model: "lenet", method: "sgd_momentum", ...small },
  { step: "ResNet18 (CIFAR), batch 32, sgd_momentum", model: "resnet18", method: "sgd_momentum", ...large },
  { step: "ResNet18 (CIFAR), batch 32, metamd", model: "resnet18", method: "metamd", ...large },
];

/** Engines that are timed. */
const ENGINES = ["tensorflow", "wasm"] as const;

const rowsOf = (engine: EngineName): Row[] => ROWS.filter((row) => row.nativeOnly !== true || engine === "tensorflow");

/** Why some steps are timed on the native engine alone. */
export const WHY_UNTIMED = "-: not timed, a ResNet18 step takes 12 s on wasm";

/** The models of the table, for comparisons with other programs. */
export const BENCH_MODELS = map((given) => (): Model => createModel(...given), MODELS);

/** A model, and the batches of its steps. */
export interface Stepped {
  readonly model: ModelSettings;
  /** Height, width and channels of an image. */
  readonly input: readonly number[];
  readonly classes: number;
  readonly batchSize: number;
}

function steppedOf({ model: name, batchSize }: Row): Stepped {
  const [model, input, classes] = MODELS[name];
  return { model, input, classes, batchSize };
}

/** The engines to be timed. @throws UserError (usage) for one that is never timed. */
function timedOf(choice: EngineName | "auto"): readonly EngineName[] {
  if (choice === "auto") return ENGINES;
  if (ENGINES.some((name) => name === choice)) return [choice];
  throw new UserError(EXIT.usage, {
    where: "--engine",
    given: `${choice}, which is for exactness, and a hundred times slower`,
    accepted: ["auto", ...ENGINES].join(", "),
    hint: "leave --engine out: all that are here are timed",
  });
}

/** Median step times of every engine that opens here, or of the one that is asked for, engines and steps interleaved in blocks.
 *  @param fastest says with how many threads steps are fastest on the native engine, if that is here.
 *  @param starting is told what will be timed, before anything is: what it throws ends the bench.
 *  @throws UserError where the engine that is asked for is never timed, or does not open. */
export async function benchEngines(
  { engine: choice, ...options }: EngineOptions & { readonly engine: EngineName | "auto" },
  blocks: number,
  fastest?: (stepped: Stepped) => Promise<number>,
  starting?: (timed: readonly Timed[]) => void,
): Promise<EngineTimes> {
  const engines: EngineName[] = [];
  const opened: Engine[] = [];
  for (const name of timedOf(choice)) {
    const engine = await openNamedEngine(name, options).catch((error: unknown) => {
      if (choice !== "auto") throw error;
      return undefined;
    });
    if (engine === undefined) continue;
    engines.push(name);
    opened.push(engine);
  }
  starting?.(engines.flatMap((engine) => rowsOf(engine).map(({ step }) => ({ step, engine }))));
  const cells: (Contestant & { row: Row; column: number; times: number[] })[] = [];
  for (const [column, name] of engines.entries()) {
    const open = (): Promise<Engine> => openNamedEngine(name, options);
    const engine = await open();
    for (const row of rowsOf(name)) {
      const probe = modelProbe(engine, BENCH_MODELS[row.model]!(), row.method, row.batchSize);
      const run = async (steps: number): Promise<number[]> => {
        await open();
        return probe.run(steps);
      };
      // The first block only warms up.
      const most = row.most === undefined ? undefined : row.most + 1;
      cells.push({ row, column, run, steps: row.steps, times: [], ...(most !== undefined && { most }) });
    }
  }
  await inBlocks(cells, blocks + 1, ({ times }, measured, block) => {
    if (block > 0) times.push(...measured);
  });
  const value = (row: Row, column: number): number | null => {
    const cell = cells.find((held) => held.row === row && held.column === column);
    return cell === undefined ? null : median(cell.times);
  };
  const isNative = engines.includes("tensorflow");
  const rows: EngineTimes["rows"] = [];
  const asked = new Map<BenchModel, Promise<number>>();
  for (const row of ROWS) {
    const milliseconds = engines.map((_name, column) => value(row, column));
    if (isNative && fastest !== undefined && !asked.has(row.model)) asked.set(row.model, fastest(steppedOf(row)));
    const threads = await asked.get(row.model);
    rows.push({ step: row.step, milliseconds, ...(threads !== undefined && { threads }) });
  }
  const { cpu, cores } = machine().hardware;
  const { threads = cores, device, kernels } = opened[0]?.details ?? {};
  const instructions = kernels && { instructions: kernels.instructions };
  return { machine: { cpu, cores, ...instructions, threads, ...(device && { gpu: device.name }) }, engines, rows };
}
