import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/core/errors.js";
import { namedStream } from "../../../src/core/rng.js";
import { map, type Leaves } from "../../../src/core/tree.js";
import type { Engine } from "../../../src/engine/engine.js";
import type { HostArray } from "../../../src/engine/host.js";
import { hostArray, tensorFrom, tidy } from "../../../src/engine/memory.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import type { Tensor } from "../../../src/engine/ops.js";
import { initialise } from "../../../src/models/initialise.js";
import { blocksOf } from "../../../src/optimisers/kfac/factors.js";
import { eigen } from "../../../src/optimisers/kfac/inverses.js";
import { createOptimiser } from "../../../src/optimisers/index.js";
import { dueAt, dueTogether } from "../../../src/optimisers/kfac/periods.js";
import type { Problem } from "../../../src/training/problem.js";
import { supervised } from "../../../src/training/supervised.js";
import { gradients } from "../../../src/training/gradients.js";
import { eachEngine } from "../../support/engines.js";
import { linearModel, scaledLinear, squaredConvolution } from "../../support/layer-problems.js";
import { closeTo } from "../../support/numbers.js";
import { programOf, randomBatch, smallMlp } from "../../support/problems.js";
import { everything } from "../../support/require.js";

const SCALARS = { learningRate: 0.1, weightDecay: 0 };
const start = (problem: Problem): Record<string, Float64Array> => initialise(problem.parameters, 3);

/** The solution of a x = b, by elimination with pivots. */
function solve(a: number[][], b: readonly number[]): number[] {
  const rows = a.map((row, i) => [...row, b[i]!]);
  for (let i = 0; i < rows.length; i++) {
    const pivot = rows.reduce(
      (best, row, k) => (k >= i && Math.abs(row[i]!) > Math.abs(rows[best]![i]!) ? k : best),
      i,
    );
    [rows[i], rows[pivot]] = [rows[pivot]!, rows[i]!];
    for (let k = 0; k < rows.length; k++) {
      if (k === i) continue;
      const factor = rows[k]![i]! / rows[i]![i]!;
      rows[k] = rows[k]!.map((value, j) => value - factor * rows[i]![j]!);
    }
  }
  return rows.map((row, i) => row.at(-1)! / row[i]!);
}

/** left ⊗ right of two square matrices. */
function kronecker(left: HostArray, right: HostArray): number[][] {
  const [m, n] = [Math.sqrt(left.length), Math.sqrt(right.length)];
  return Array.from({ length: m * n }, (_, i) =>
    Array.from(
      { length: m * n },
      (_, j) => left[Math.floor(i / n) * m + Math.floor(j / n)]! * right[(i % n) * n + (j % n)]!,
    ),
  );
}

describe("V is the gradient times the inverse of the damped dense Fisher matrix", () => {
  const images = Float64Array.from({ length: 3 * 9 }, namedStream(0, "images"));
  test.each([
    ["an MLP", smallMlp, randomBatch(smallMlp, 6, 4).feeds, 6],
    ["a convolution", squaredConvolution, { images }, 3],
  ] as const)("%s", async (_name, problem, batch, size) => {
    await openNamedEngine("reference");
    tidy(() => {
      const tensors = (values: Leaves<HostArray>): Record<string, Tensor> =>
        map((spec, name) => tensorFrom(values[name]!, { shape: spec.shape, dtype: "float32" }), problem.parameters);
      const feeds = map((spec, name) => tensorFrom((batch as Leaves<HostArray>)[name]!, spec), problem.feeds(size));
      const { grads, layers } = gradients(problem, { theta: tensors(start(problem)) }, feeds, size, "given targets");
      const damping = 0.01;
      for (const [name, block] of Object.entries(blocksOf(problem.layers!, problem.parameters))) {
        const factors = block.factors(layers![name]!);
        const prepared = eigen.prepare(factors, damping, block.leftIsG);
        const [left, right] = block.leftIsG ? (["g", "a"] as const) : (["a", "g"] as const);
        const v = eigen.apply(prepared, block.join(grads), block.leftIsG);
        // Row-major vectors: the left factor comes first.
        const fisher = kronecker(hostArray(factors[left]), hostArray(factors[right]));
        fisher.forEach((row, i) => (row[i]! += damping));
        closeTo(hostArray(v), solve(fisher, [...hostArray(block.join(grads))]), 1e-9);
        const parts = block.split(block.join(grads));
        for (const [parameter, part] of Object.entries(parts))
          expect(hostArray(part)).toEqual(hostArray(grads[parameter]!));
      }
      return [];
    });
  });
});

describe("periods", () => {
  test("sets that fall due together are those that some step has", () => {
    for (const periods of [[1], [10, 100], [2, 3], [2, 4, 3], [6, 4, 10], [1, 5], []]) {
      const seen = new Set<string>();
      for (let t = 1; t <= 1000; t++) seen.add(dueAt(periods, t).join());
      expect(new Set(dueTogether(periods).map((set) => set.join()))).toEqual(seen);
    }
  });

  test("factors and inverses change when they are due, layer by layer", async () => {
    const settings = { factorEvery: 2, inverseEvery: 3, layerInverseEvery: { fc2: 4 } };
    const program = programOf(await openNamedEngine("reference"), "kfac", smallMlp, [6], settings);
    program.start(start(smallMlp));
    const changes: Record<string, number[]> = {};
    for (let t = 1; t <= 7; t++) {
      const before = program.read();
      program.step(randomBatch(smallMlp, 6, 4, t), t, SCALARS);
      for (const [path, values] of Object.entries(program.read()))
        if (values.some((value, i) => value !== before[path]![i])) (changes[path] ??= []).push(t);
    }
    program.dispose();
    for (const side of ["a", "g"]) {
      for (const layer of ["fc1", "fc2", "fc3"])
        expect(changes[`optimiser/factors/${layer}/${side}`]).toEqual([1, 3, 5, 7]);
    }
    for (const part of ["a", "g", "denominators"]) {
      expect(changes[`optimiser/inverses/fc1/${part}`]).toEqual([1, 4, 7]);
      expect(changes[`optimiser/inverses/fc2/${part}`]).toEqual([1, 5]);
    }
    expect(changes["theta/fc1.weight"]).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test("a period for a layer that is not there is an error that names the layers", () => {
    const { parameters, layers } = smallMlp;
    const create = (): unknown => createOptimiser("kfac", { layerInverseEvery: { fc4: 7 } }, { parameters, layers });
    expect(create).toThrow(UserError);
    expect(create).toThrow(/no layer is called "fc4"\n {2}accepted: fc1, fc2, fc3\n {2}hint: did you mean/);
  });
});

describe("parameters of no layer", () => {
  const problem = scaledLinear(3, 4);
  const batch = randomBatch(problem, 5, 4);

  test("take the momentum step with the raw gradient, whatever the clipping", async () => {
    const engine = await openNamedEngine("reference");
    const thetaAfter = (method: "kfac" | "sgd_momentum", settings: object): Record<string, HostArray> => {
      const program = programOf(engine, method, problem, [5], settings);
      program.start(start(problem));
      program.step(batch, 1, SCALARS);
      const theta = program.theta();
      program.dispose();
      return theta;
    };
    const [clipped, free] = [thetaAfter("kfac", { klClip: 1e-6 }), thetaAfter("kfac", { klClip: 1e6 })];
    expect(clipped.scale).toEqual(free.scale);
    closeTo(clipped.scale!, thetaAfter("sgd_momentum", {}).scale!, 1e-14);
    expect(clipped["fc.weight"]).not.toEqual(free["fc.weight"]);
  });

  test("weight decay begins after so many updates of the factors, behind the preconditioner", async () => {
    const engine = await openNamedEngine("reference");
    const run = (weightDecay: number): Record<string, HostArray>[] => {
      const settings = { factorEvery: 2, decayAfterFactors: 1 };
      const program = programOf(engine, "kfac", problem, [5], settings);
      program.start(start(problem));
      const thetas = [1, 2, 3].map((t) => (program.step(batch, t, { ...SCALARS, weightDecay }), program.theta()));
      program.dispose();
      return thetas;
    };
    const [plain, decayed] = [run(0), run(0.2)];
    expect(decayed.slice(0, 2)).toEqual(plain.slice(0, 2));
    for (const name of Object.keys(problem.parameters)) {
      const expected = plain[2]![name]!.map((value, i) => value - 0.1 * 0.2 * plain[1]![name]![i]!);
      closeTo(decayed[2]![name]!, expected, 1e-12);
    }
  });
});

describe("sampled targets", () => {
  const problem = supervised(linearModel(2, 3));
  const batch = randomBatch(problem, 4, 3);
  const sampled = { rho: 0, factorEvery: 1, inverseEvery: 1 };

  /** The factor G of every step, θ held still. */
  function factors(engine: Engine, seed: number, steps: number): HostArray[] {
    const program = programOf(engine, "kfac", problem, [4], sampled);
    program.start(start(problem));
    const held = Array.from({ length: steps }, (_, i) => {
      program.step(batch, i + 1, { ...SCALARS, learningRate: 0, seed });
      return program.read()["optimiser/factors/fc/g"]!;
    });
    program.dispose();
    return held;
  }

  test("depend on the run's seed and the step only", async () => {
    const engine = await openNamedEngine("reference");
    expect(factors(engine, 0, 5)).toEqual(factors(engine, 0, 5));
    expect(factors(engine, 1, 5)).not.toEqual(factors(engine, 0, 5));
    expect(factors(engine, 0, 5)[0]).not.toEqual(factors(engine, 0, 5)[1]);
  });

  test("give G without bias: mean over the batch of diag(p) − p pᵀ", async () => {
    const engine = await openNamedEngine("reference");
    const steps = everything ? 3000 : 300;
    const all = factors(engine, 0, steps);
    const average = all[0]!.map((_value, i) => all.reduce((sum, g) => sum + g[i]!, 0) / steps);
    const theta = start(problem);
    const expected = new Float64Array(9);
    for (let n = 0; n < 4; n++) {
      const x = [...batch.feeds.images!.slice(2 * n, 2 * n + 2)];
      const z = [0, 1, 2].map(
        (c) => theta["fc.bias"]![c]! + x.reduce((s, v, i) => s + v * theta["fc.weight"]![2 * c + i]!, 0),
      );
      const total = z.reduce((sum, value) => sum + Math.exp(value), 0);
      const p = z.map((value) => Math.exp(value) / total);
      for (let i = 0; i < 9; i++) {
        const [r, c] = [Math.floor(i / 3), i % 3];
        expected[i]! += ((r === c ? p[r]! : 0) - p[r]! * p[c]!) / 4;
      }
    }
    // An entry's standard deviation is below 0.25 a step: five standard errors.
    average.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan((5 * 0.25) / Math.sqrt(steps)));
  });

  test("leave loss and gradient to the batch's own targets", async () => {
    const engine = await openNamedEngine("reference");
    const loss = (settings: object): number => {
      const program = programOf(engine, "kfac", problem, [4], settings);
      program.start(start(problem));
      const value = program.step(batch, 1, SCALARS);
      program.dispose();
      return value;
    };
    expect(loss(sampled)).toBeCloseTo(loss({ ...sampled, fisher: "empirical" }), 14);
  });
});

await eachEngine(({ use, tolerance }) => {
  const variants = ["empirical", "sampled"].flatMap((fisher) =>
    ["eigen", "tikhonov"].map((inverse) => ({ fisher, inverse, damping: 0.01, factorEvery: 1, inverseEvery: 2 })),
  );
  test.each(variants)("three steps with $fisher Fisher and $inverse are those of the reference", async (settings) => {
    const run = (engine: Engine): Record<string, HostArray> => {
      const program = programOf(engine, "kfac", smallMlp, [6], settings);
      program.start(start(smallMlp));
      for (let t = 1; t <= 3; t++) program.step(randomBatch(smallMlp, 6, 4, t), t, { ...SCALARS, weightDecay: 0.1 });
      const theta = program.theta();
      program.dispose();
      return theta;
    };
    const expected = run(await openNamedEngine("reference"));
    const actual = run(await use());
    for (const name of Object.keys(expected)) closeTo(actual[name]!, expected[name]!, tolerance * 10);
  });

  test.each(variants)("a run that diverges does not throw, $fisher Fisher and $inverse", async (settings) => {
    const program = programOf(await use(), "kfac", smallMlp, [6], settings);
    const theta = start(smallMlp);
    theta["fc2.weight"]!.fill(NaN, 0, 1);
    program.start(theta);
    for (let t = 1; t <= 2; t++) expect(program.step(randomBatch(smallMlp, 6, 4, t), t, SCALARS)).toBe(NaN);
    program.dispose();
  });

  test("settings that invert in every step lower the loss faster than SGD does at the same rate", async () => {
    const engine = await use();
    const last = (method: "kfac" | "sgd_momentum", settings: object): number => {
      const program = programOf(engine, method, smallMlp, [6], settings);
      program.start(start(smallMlp));
      let loss = NaN;
      for (let t = 1; t <= 20; t++)
        loss = program.step(randomBatch(smallMlp, 6, 4), t, { ...SCALARS, learningRate: 0.02 });
      program.dispose();
      return loss;
    };
    const kfac = last("kfac", { factorEvery: 1, inverseEvery: 1, klClip: 0.1 });
    expect(kfac).toBeLessThan(last("sgd_momentum", {}));
  });
});
