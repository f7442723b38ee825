import { median } from "../../core/averages.js";
import { residentBytes } from "../../core/memory.js";
import type { ResolvedConfig } from "../../config/load.js";
import { dataOptions } from "../../config/suite.js";
import { rowOf } from "../../config/variants.js";
import { openDomain } from "../../data/domain.js";
import type { Engine } from "../../engine/engine.js";
import { sizeOf } from "../../engine/host.js";
import { createModel } from "../../models/index.js";
import { everyParameter, type Model } from "../../models/model.js";
import type { Cell, Phase, Plan } from "../../records/plan.js";
import type { RunStore } from "../../records/store.js";
import { modelProbe, type StepProbe } from "../../training/step-probe.js";
import { cellSteps, trainedOn } from "../cell/cell-steps.js";
import { learningTrajectories, type LearningTrajectory } from "./learning-trajectories.js";

/** Steps that a rate is measured over, the first of which only warm up, and milliseconds after which they are enough. */
const PROBE = { warm: 5, timed: 15, milliseconds: 3000 } as const;
/** What a run's record and a row of its curve take on disk, seen on real runs. */
const RECORD_BYTES = 4000;
const CURVE_ROW_BYTES = 70;

export interface Estimate {
  readonly engine: string;
  readonly folder: string;
  readonly phases: readonly {
    readonly phase: Phase;
    readonly runs: number;
    readonly done: number;
    readonly steps: number;
    readonly seconds: number;
  }[];
  /** Of all that is not done. */
  readonly seconds: number;
  readonly bytes: number;
  /** Of one run at a time: what this process holds after the measurements, and the longest trajectory of those below; 0
   *  where the system does not say. */
  readonly memoryBytes: number;
  /** What meta-trainings to come keep of an inner run. */
  readonly trajectories: readonly LearningTrajectory[];
}

/** What is left of a plan and what it costs: steps times a rate measured now, per method, shared out over the
 *  runs at the same time. Evaluation is not counted. */
export function estimateOf(
  plan: Plan,
  config: ResolvedConfig,
  dataFolder: string,
  store: RunStore,
  engine: Engine,
  jobs: number,
): Estimate {
  const rates = new Map<string, number>();
  const secondsPerStep = (cell: Cell): number => {
    let rate = rates.get(cell.method);
    if (rate === undefined) {
      const { method, settings } = rowOf(config, cell.method);
      const probe = modelProbe(engine, modelOf(cell, config, dataFolder), method, config.training.batchSize, settings);
      rates.set(cell.method, (rate = measure(probe)));
    }
    return rate;
  };
  const phases = (["meta-train", "tune", "trial"] as const).map((phase) => {
    const cells = plan.cells.filter((cell) => cell.phase === phase);
    const left = cells.filter(({ id }) => !store.has(id));
    return {
      phase,
      runs: cells.length,
      done: cells.length - left.length,
      steps: left.reduce((sum, cell) => sum + cellSteps(config, cell, dataFolder), 0),
      seconds: left.reduce((sum, cell) => sum + (cellSteps(config, cell, dataFolder) * secondsPerStep(cell)) / jobs, 0),
    };
  });
  const rows = phases.filter(({ phase }) => phase !== "meta-train").reduce((sum, { steps }) => sum + steps, 0);
  const left = phases.reduce((sum, { runs, done }) => sum + runs - done, 0);
  const weights = config.keepWeights ? weightsBytes(plan, config, dataFolder, store) : 0;
  const toLearn = plan.cells.filter(({ id, phase }) => phase === "meta-train" && !store.has(id));
  const trajectories = toLearn
    .slice(0, 1)
    .flatMap((cell) => learningTrajectories(config, modelOf(cell, config, dataFolder), engine.details.precision))
    .filter(({ id }) => toLearn.some(({ method }) => method === id));
  const resident = residentBytes(process.pid);
  return {
    engine: engine.details.name,
    folder: store.folder,
    phases,
    seconds: phases.reduce((sum, { seconds }) => sum + seconds, 0),
    bytes: left * RECORD_BYTES + rows * CURVE_ROW_BYTES + weights,
    memoryBytes: resident === 0 ? 0 : resident + Math.max(0, ...trajectories.map((one) => one.bytes)),
    trajectories,
  };
}

function modelOf(cell: Cell, config: ResolvedConfig, dataFolder: string): Model {
  const { height, width, channels, classes } = openDomain(trainedOn(cell), dataOptions(config, dataFolder));
  return createModel(config.model, [height, width, channels], classes);
}

/** What the weights of trials to come take on disk. */
function weightsBytes({ cells }: Plan, config: ResolvedConfig, dataFolder: string, store: RunStore): number {
  const trials = cells.filter(({ id, phase }) => phase === "trial" && !store.has(id));
  const bytes = (cell: Cell): number => {
    const model = modelOf(cell, config, dataFolder);
    const specs = Object.values({ ...everyParameter(model), ...model.statistics });
    return specs.reduce((sum, { shape }) => sum + Float32Array.BYTES_PER_ELEMENT * sizeOf(shape), 0);
  };
  return trials.reduce((sum, cell) => sum + bytes(cell), 0);
}

/** Seconds of a step. */
function measure(probe: StepProbe): number {
  const some = (most: number): number[] => {
    const times: number[] = [];
    for (let spent = 0; times.length < most && spent < PROBE.milliseconds; spent += times.at(-1)!)
      times.push(...probe.run(1));
    return times;
  };
  const [first = 0] = some(PROBE.warm);
  const milliseconds = first < PROBE.milliseconds ? median(some(PROBE.timed)) : first;
  probe.dispose();
  return milliseconds / 1000;
}
