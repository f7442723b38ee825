import type { Plan, TrialCell, TuneCell } from "../../src/records/plan.js";
import { NUMERICS } from "../../src/records/numerics.js";
import type { RunRecord } from "../../src/records/record.js";

export const runIdOf = (n: number): string => n.toString(16).padStart(16, "0");

export const trialCell = (id: number, method: string, holdout: string, trial: number): TrialCell => ({
  phase: "trial",
  id: runIdOf(id),
  method,
  holdout,
  trial,
  seed: trial,
  metaTrain: [],
  dependsOn: [],
});

export const tuneCell = (id: number, method: string, holdout: string, learningRate: number): TuneCell => ({
  phase: "tune",
  id: runIdOf(id),
  method,
  holdout,
  seed: 0,
  metaTrain: [],
  dependsOn: [],
  learningRate,
  weightDecay: 1e-4,
});

/** The native engine, on a processor. */
export const CPU_ENGINE: RunRecord["engine"] = {
  name: "tensorflow",
  versions: { tensorflow: "2.21.0", "tfjs-core": "4.22.0" },
  precision: "float32",
  compiled: true,
  threads: 1,
  gpu: false,
  kernels: { instructions: "avx2", oneDnn: true },
};

/** A record of a cell; what is given replaces what is usual. */
export function record(
  cell: RunRecord["cell"],
  metrics: Partial<RunRecord["metrics"]>,
  more: Partial<RunRecord> = {},
): RunRecord {
  return {
    schemaVersion: 1,
    numerics: NUMERICS,
    id: cell.id,
    experiment: "small",
    preset: "paper",
    cell,
    configHash: "fedcba9876543210",
    config: { name: "small" },
    state: "done",
    selected: { learningRate: 0.1, weightDecay: 1e-4, gridEdge: ["learningRate:high"] },
    metrics: { chance: 0.1, lastTrainLoss: 0.25, ...metrics },
    counts: { steps: 100, epochs: 2.5, testReads: 1 },
    timings: { dataMilliseconds: 1, stepMilliseconds: 250, evaluationMilliseconds: 3, wallMilliseconds: 254 },
    engine: {
      name: "wasm",
      versions: { tfjs: "4.22.0" },
      precision: "float32",
      compiled: false,
      threads: 2,
      gpu: false,
    },
    hardware: { cpu: "some", cores: 2, memoryBytes: 8e9 },
    git: { commit: "abc", dirty: true },
    data: { tag: "real", checksums: { "rotated-mnist/0": "aa" } },
    startedAt: "2025-01-01T00:00:00.000Z",
    finishedAt: "2025-01-01T00:00:01.000Z",
    ...more,
  };
}

export const plan = (cells: Plan["cells"], more: Partial<Plan> = {}): Plan => ({
  schemaVersion: 1,
  numerics: NUMERICS,
  experiment: "small",
  preset: "paper",
  configHash: "fedcba9876543210",
  config: { name: "small", trials: 2 },
  methods: [
    { id: "sgd", title: "SGD" },
    { id: "adam", title: "Adam" },
  ],
  holdouts: ["rotated-mnist/0", "rotated-mnist/15"],
  missing: [],
  smallSets: [],
  cells,
  ...more,
});
