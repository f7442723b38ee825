import type { ResolvedConfig } from "../config/load.js";
import type { Engine } from "../engine/engine.js";
import type { MethodId } from "../optimisers/index.js";
import type { Cell, Phase, Plan } from "../records/plan.js";
import type { RunStore } from "../records/store.js";
import { median, stepProbe } from "../training/bench.js";
import { cellSteps } from "./resolve.js";

/** Steps that a rate is measured over; the first ones only warm up. */
const PROBE = { warm: 5, timed: 15 } as const;
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
}

/** What is left of a plan and what it costs: steps times a rate measured now, per method, shared out over the
 *  runs at the same time. Evaluation is not counted. */
export function estimate(
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
    if (rate === undefined) rates.set(cell.method, (rate = measure(engine, config, cell.method as MethodId)));
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
  return {
    engine: engine.details.name,
    folder: store.folder,
    phases,
    seconds: phases.reduce((sum, { seconds }) => sum + seconds, 0),
    bytes: left * RECORD_BYTES + rows * CURVE_ROW_BYTES,
  };
}

function measure(engine: Engine, config: ResolvedConfig, method: MethodId): number {
  const probe = stepProbe(engine, config.model, method, config.training.batchSize);
  probe.run(PROBE.warm);
  const milliseconds = median(probe.run(PROBE.timed));
  probe.dispose();
  return milliseconds / 1000;
}
