import { join } from "node:path";
import type { AnalysisKind, RecordOf, SeriesOf } from "../../../src/records/analysis.js";
import { openAnalysisStore } from "../../../src/records/analysis-store.js";
import type { CurveRow } from "../../../src/records/curve.js";
import type { Cell } from "../../../src/records/plan.js";
import type { RunRecord } from "../../../src/records/record.js";
import { openRunStore } from "../../../src/records/store.js";
import { NUMERICS } from "../../../src/records/numerics.js";
import { plan, record, runIdOf } from "../../records/fixtures.js";
import { hypergradientKind, type Hypergradients } from "../../../src/studies/hypergradient/record.js";
import { landscapeKind } from "../../../src/studies/landscape/record.js";
import { quadraticResult } from "../../../src/studies/quadratic/record.js";
import { rankKind } from "../../../src/studies/rank/record.js";
import { sharpnessKind } from "../../../src/studies/sharpness/record.js";

export const STEPS = 60;
const TITLES: Readonly<Record<string, string>> = {
  sgd: "SGD",
  sgd_momentum: "SGD-M",
  adam: "Adam",
  metamd: "MetaMD",
  "metamd/direct": "direct gradient alone",
  "metamd/ift-only": "IFT term alone",
  "metamd/momentum": "momentum 0.9",
};

/** Losses that fall from 2.3 at a method's own rate; trials differ by a tenth. */
export const lossAt = (method: string, step: number, trial: number): number =>
  (0.1 + 2.2 * Math.exp(-step / (10 * (Object.keys(TITLES).indexOf(method) + 1)))) * (1 + trial / 10);

export interface Run {
  readonly cell: Cell;
  readonly more?: Partial<RunRecord>;
  readonly metrics?: Partial<RunRecord["metrics"]>;
  /** Steps that it came to. */
  readonly steps?: number;
}

let made = 0;
const head = (method: string, seed = 0) => ({ id: runIdOf(++made), method, seed, metaTrain: [], dependsOn: [] });

export const trialRun = (method: string, holdout: string, trial: number, more: Omit<Run, "cell"> = {}): Run => ({
  cell: { phase: "trial", ...head(method, trial), holdout, trial },
  metrics: { testAccuracy: 0.5 + trial / 10, auc: 10 + trial },
  ...more,
});

export const tuneRun = (method: string, holdout: string, learningRate: number, accuracy: number): Run => ({
  cell: { phase: "tune", ...head(method), holdout, learningRate, weightDecay: 1e-4 },
  more: { selected: { learningRate, weightDecay: 1e-4, gridEdge: [] } },
  metrics: { validationAccuracy: accuracy },
});

/** Writes an experiment of some runs with their curves. @param id of the paper. @param more of the config. */
export function writeRuns(
  results: string,
  id: string,
  holdouts: readonly string[],
  runs: readonly Run[],
  more: object = {},
): void {
  const name = `of-${id.toLowerCase()}`;
  const store = openRunStore(results, name);
  const methods = [...new Set(runs.map(({ cell }) => cell.method))];
  const config = { name, experiment: id, training: { steps: STEPS, aucWindowSteps: 10 }, ...more };
  store.writePlan(
    plan(
      runs.map(({ cell }) => cell),
      {
        experiment: name,
        config,
        holdouts: [...holdouts],
        methods: methods.map((one) => ({ id: one, title: TITLES[one]! })),
      },
    ),
  );
  for (const { cell, more, metrics = {}, steps = STEPS } of runs)
    store.write(record(cell, metrics, { experiment: name, config, ...more }), curveOf(cell, steps));
}

const curveOf = ({ method, seed }: Cell, steps: number): CurveRow[] =>
  Array.from({ length: steps }, (_none, i) => ({
    step: i + 1,
    epoch: (i + 1) / 30,
    wallMilliseconds: 100 * (i + 1),
    trainLoss: lossAt(method, i + 1, seed),
  }));

type Own<Kind extends AnalysisKind> = Omit<RecordOf<Kind>, "kind" | keyof ReturnType<typeof common>>;

const common = (experiment: string) => ({
  schemaVersion: 1 as const,
  numerics: NUMERICS,
  id: runIdOf(++made),
  experiment,
  preset: "paper",
  configHash: "fedcba9876543210",
  config: {},
  settings: {},
  runs: [] as string[],
  engine: null,
  hardware: { cpu: "some", cores: 2, memoryBytes: 8e9 },
  git: null,
  startedAt: "2025-01-01T00:00:00.000Z",
  finishedAt: "2025-01-01T00:00:01.000Z",
  wallMilliseconds: 1000,
});

/** Writes an analysis of an experiment. */
export function writeAnalysis<Kind extends AnalysisKind>(
  results: string,
  experiment: string,
  kind: Kind,
  own: Own<Kind>,
  series: Readonly<Record<SeriesOf<Kind>, readonly CurveRow[]>>,
): void {
  const whole = { kind: kind.kind, ...common(experiment), ...own } as unknown as RecordOf<Kind>;
  openAnalysisStore(join(results, experiment)).write(kind, whole, series);
}

/** Both families of quadratics with two methods; metamd takes 3 steps, sgd 2,000. */
export function writeQuadratics(results: string): void {
  for (const family of ["top", "bottom"] as const)
    for (const [method, steps] of [["metamd", 3] as const, ["sgd", 2000] as const]) {
      const converged = method === "metamd" || family === "top" ? 1 : 0;
      writeAnalysis(
        results,
        "quadratic",
        quadraticResult,
        {
          family,
          method,
          variant: "tuned",
          learningRate: 0.03,
          tasks: 2,
          converged: 2 * converged,
          meanIterations: steps,
          medianIterations: steps,
          problem: { q: [0.3, 14], b: [1, 1] },
        },
        {
          tasks: [0, 1].map((task) => ({ task, iterations: steps + task, converged })),
          trajectory: Array.from({ length: steps + 1 }, (_none, step) => ({
            step,
            x: -2 + (3.67 * step) / steps,
            y: 1.5 * (1 - step / steps) ** 2,
          })),
        },
      );
    }
}

/** Landscape, sharpness and rank of two methods on two sets; those of metamd are flatter and of lower rank. */
export function writeSolutions(results: string): void {
  for (const dataset of ["dtd", "pubfig83"])
    for (const method of ["sgd", "metamd"])
      for (const trial of [0, 1]) {
        const sharp = (method === "sgd" ? 8 : 2) + trial;
        const solution = { method, dataset, trial, images: 128 };
        writeAnalysis(
          results,
          "photos",
          landscapeKind,
          { ...solution, loss: 0.1, rise: sharp / 3 },
          { landscape: [-1, -0.5, 0, 0.5, 1].map((t) => ({ t, loss: 0.1 + sharp * t * t })) },
        );
        writeAnalysis(
          results,
          "photos",
          sharpnessKind,
          {
            ...solution,
            eigenvalues: [2 * sharp, 1],
            residual: 1e-5,
            converged: trial === 0,
            products: 10,
            scaleFreeEigenvalue: 50 * sharp,
          },
          {},
        );
        writeAnalysis(
          results,
          "photos",
          rankKind,
          { ...solution, split: "test", features: 8, score: sharp, entropy: 1 },
          {
            singular_values: [1, 2, 3, 4, 5, 6, 7, 8].map((index) => ({
              index,
              value: Math.exp(-(index - 1) / sharp),
            })),
          },
        );
      }
}

/** The comparison of hypergradients on one seed, of a net with two blocks. @param cosineOf of Algorithm 2. */
export function hypergradientRecord(
  seed: number,
  cosineOf: (horizon: number, point: "first" | "learned") => number,
  more: Partial<Hypergradients> = {},
): Hypergradients {
  const horizons = [1, 20, 200];
  const points = ["first", "learned"] as const;
  const own: Own<typeof hypergradientKind> = {
    seed,
    horizons,
    points: points.map((point) => ({ point, blocks: { "fc1.weight": { s: 0.09, t: 0.09 } }, losses: [2, 1, 0.5] })),
    rows: points.flatMap((point) =>
      horizons.flatMap((horizon) =>
        ["fc1.weight", "fc2.weight", "all"].map((layer, i) => {
          const cosine = cosineOf(horizon, point) - (layer === "fc2.weight" ? 0.25 : 0);
          const lengthRatio = 1 + i / 2;
          const modes = {
            alg2: { cosine, lengthRatio },
            direct: { cosine: -cosine, lengthRatio },
            eq13: { cosine: -cosine, lengthRatio: 2 * lengthRatio },
            "ift-only": { cosine, lengthRatio: 2 * lengthRatio },
            neumann: { cosine: cosine / 2, lengthRatio: lengthRatio / 2 },
          };
          return { point, horizon, layer, length: 1 / horizon, modes };
        }),
      ),
    ),
  };
  return { kind: "hypergradient", ...common("hypergradient"), dataTag: "real", ...own, ...more };
}

/** Three seeds whose cosine falls from 1 below 0. */
export const hypergradientRecords = (): Hypergradients[] =>
  [0, 1, 2].map((seed) =>
    hypergradientRecord(seed, (horizon, point) => {
      if (horizon === 1) return 1;
      return (horizon === 20 ? 0.95 : -0.5) + (seed - 1) / 64 + (point === "first" ? 0 : 1 / 64);
    }),
  );

export function writeHypergradients(results: string): void {
  const store = openAnalysisStore(join(results, "hypergradient"));
  for (const record of hypergradientRecords()) store.write(hypergradientKind, record, {});
}
