import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { namedStream, normal } from "../../../src/core/rng.js";
import { map, type Leaves } from "../../../src/core/tree.js";
import type { Engine } from "../../../src/engine/engine.js";
import { sizeOf, type HostArray } from "../../../src/engine/host.js";
import { hostArray, tensorFrom, tidy } from "../../../src/engine/memory.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { add, mean as meanOf, reshape, square, sub, sum, type Tensor } from "../../../src/engine/ops.js";
import { createMetaLearner } from "../../../src/meta/index.js";
import type { MetaProgress, MetaTask } from "../../../src/meta/meta-learner.js";
import { optimisee } from "../../../src/meta/l2o/optimisee.js";
import { unrolledNetwork, type NetworkGradients, type Window } from "../../../src/meta/l2o/unrolled-network.js";
import { initialise } from "../../../src/models/initialise.js";
import { untrained } from "../../../src/optimisers/index.js";
import {
  advance,
  emptyMemory,
  groupOf,
  hiddenOf,
  networkShapes,
  prepare,
  preprocess,
  weightShapes,
} from "../../../src/optimisers/l2o/network.js";
import type { LearnedValues } from "../../../src/optimisers/optimiser.js";
import type { Batch, Batches, Problem } from "../../../src/training/problem.js";
import { eachEngine } from "../../support/engines.js";
import { goldenNetwork } from "../../support/l2o.js";
import { centralDifferences, closeTo } from "../../support/numbers.js";
import { randomBatch, smallLenet, smallMlp } from "../../support/problems.js";
import { drill } from "../../support/require.js";
import { TOY_TASKS } from "../../support/toy-tasks.js";

interface Golden {
  readonly metaGradient: {
    readonly loss: number;
    readonly outputWeights: number[];
    readonly bias2: number[];
    readonly outputWeightsWithoutDropping: number[];
  };
}
const golden = JSON.parse(readFileSync(new URL("../../golden/l2o.json", import.meta.url), "utf8")) as Golden;

/** The window of `steps` steps that begins after `skipped` ones, with its losses. */
function windowOf(
  engine: Engine,
  problem: Problem,
  learned: LearnedValues,
  theta: Leaves<HostArray>,
  batches: readonly Batch[],
  skipped = 0,
): Window & { readonly losses: number[] } {
  const program = optimisee(engine, problem, [batches[0]!.size], learned);
  program.start(theta, learned);
  for (const batch of batches.slice(0, skipped)) program.step(batch);
  const memory = program.memory();
  const window = batches.slice(skipped);
  const evaluated = window.map((batch, t) => (t < window.length - 1 ? program.step(batch) : program.evaluate(batch)));
  program.dispose();
  return {
    memory,
    gradients: evaluated.map(({ gradient }) => gradient),
    losses: evaluated.map(({ loss }) => loss),
  };
}

function gradientOf(
  engine: Engine,
  problem: Problem,
  learned: LearnedValues,
  window: Window,
  { steps = window.gradients.length - 1, chunk = 1e6 } = {},
): NetworkGradients {
  const hidden = hiddenOf(Object.values(learned)[0]!);
  const unrolled = unrolledNetwork(engine, problem.parameters, { hidden, steps, chunk });
  const gradient = unrolled.gradient(learned, window);
  unrolled.dispose();
  return gradient;
}

const parabola: Problem = {
  parameters: { x: { shape: [1], initialise: { kind: "constant", value: 1 }, head: false } },
  feeds: () => ({}),
  loss: ({ x }) => sum(square(x!)),
  evaluate: () => ({}),
};
const empty: Batch = { size: 1, feeds: {} };

await eachEngine(({ name, use, tolerance }) => {
  test("check values of the meta-gradient on x²", async () => {
    const engine = await use();
    const learned = { linear: goldenNetwork() };
    const window = windowOf(engine, parabola, learned, { x: Float64Array.of(1) }, [empty, empty, empty, empty]);
    const total = window.losses.reduce((sumOf, loss) => sumOf + loss, 0);
    const { outputWeights, bias2 } = gradientOf(engine, parabola, learned, window).linear!;
    const expected = golden.metaGradient;
    closeTo([total], [expected.loss], tolerance);
    closeTo(bias2!, expected.bias2, tolerance);
    closeTo(outputWeights!, expected.outputWeights, name === "reference" ? tolerance : 5e-6);
    expect(Math.abs(outputWeights![0]! - expected.outputWeightsWithoutDropping[0]!)).toBeGreaterThan(3e-7);
  });

  test("chunks, and a window that is shorter than the compiled one, change nothing", async () => {
    const engine = await use();
    const learned = untrained("l2o", smallMlp.parameters);
    const batches = [0, 1, 2, 3, 4].map((t) => randomBatch(smallMlp, 6, 4, t));
    const window = windowOf(engine, smallMlp, learned, initialise(smallMlp.parameters, 1), batches, 1);
    const whole = gradientOf(engine, smallMlp, learned, window).linear!;
    const cut = gradientOf(engine, smallMlp, learned, window, { steps: 5, chunk: 7 }).linear!;
    for (const [symbol, values] of Object.entries(whole))
      closeTo(cut[symbol]!, values, name === "reference" ? 1e-10 : 1e-4);
  });
});

/** Σ_t f_t(θ_t) of a window in which the network is fed these gradients, whatever its weights; f_t, θ_0 and the memory
 *  before it are given too. */
function unrolledLoss(
  problem: Problem,
  learned: LearnedValues,
  theta: Leaves<HostArray>,
  batches: readonly Batch[],
  { gradients }: Window,
): number {
  let total = 0;
  tidy(() => {
    const networks = map(
      (numbers) =>
        prepare(
          map(
            (shape, symbol) => tensorFrom(numbers[symbol]!, { shape, dtype: "float32" }),
            networkShapes(hiddenOf(numbers)),
          ),
        ),
      learned,
    );
    const tensor = (values: HostArray, shape: readonly number[]): Tensor =>
      tensorFrom(values, { shape, dtype: "float32" });
    let at: Leaves<Tensor> = map(({ shape }, name) => tensor(theta[name]!, shape), problem.parameters);
    let memory = map(
      ({ shape }) => emptyMemory(hiddenOf(Object.values(learned)[0]!), sizeOf(shape)),
      problem.parameters,
    );
    batches.forEach(({ size, feeds }, t) => {
      const fed = map((spec, name) => tensorFrom(feeds[name]!, spec), problem.feeds(size));
      total += hostArray(problem.loss(at, fed))[0]!;
      if (t === batches.length - 1) return;
      const moved = map(
        (spec, name) =>
          advance(
            networks[groupOf(spec)]!,
            memory[name]!,
            preprocess(tensor(gradients[t]![name]!, [1, sizeOf(spec.shape)]), networks[groupOf(spec)]!.p),
          ),
        problem.parameters,
      );
      at = map((w, { update }) => add(w, reshape(update, w.shape)), at, moved);
      memory = map((step) => step.memory, moved);
    });
    return [];
  });
  return total;
}

describe("the meta-gradient", () => {
  const small: Leaves<HostArray> = { ...goldenNetwork(), scale: Float64Array.of(1) };

  test("is that of the unrolled loss with the gradients held fixed", async () => {
    const engine = await openNamedEngine("reference");
    const learned = { linear: small };
    const theta = initialise(smallMlp.parameters, 2);
    const batches = [0, 1, 2, 3].map((t) => randomBatch(smallMlp, 6, 4, t));
    const window = windowOf(engine, smallMlp, learned, theta, batches);
    const analytic = gradientOf(engine, smallMlp, learned, window).linear!;
    const weights = map((_shape, symbol) => Float64Array.from(learned.linear[symbol]!), weightShapes(2));
    const numeric = centralDifferences(
      (moved) => unrolledLoss(smallMlp, { linear: { ...learned.linear, ...moved } }, theta, batches, window),
      weights,
    );
    for (const [symbol, values] of Object.entries(numeric)) closeTo(analytic[symbol]!, values, 1e-6);
  });

  drill("reaches both networks of a convolutional model", async () => {
    const engine = await openNamedEngine("reference");
    const learned = { convolution: small, linear: small };
    const theta = initialise(smallLenet.parameters, 2);
    const batches = [0, 1].map((t) => randomBatch(smallLenet, 2, 10, t));
    const window = windowOf(engine, smallLenet, learned, theta, batches);
    const analytic = gradientOf(engine, smallLenet, learned, window);
    for (const group of ["convolution", "linear"] as const) {
      const { outputWeights } = centralDifferences(
        ({ outputWeights: moved }) =>
          unrolledLoss(
            smallLenet,
            { ...learned, [group]: { ...learned[group], outputWeights: moved! } },
            theta,
            batches,
            window,
          ),
        { outputWeights: Float64Array.from(learned[group].outputWeights!) },
        1e-4,
      );
      closeTo(analytic[group]!.outputWeights!, outputWeights!, 1e-5);
    }
  });
});

const SHORT = {
  episodes: 4,
  episodeSteps: 10,
  unroll: 4,
  validateEvery: 2,
  validationEpisodes: 2,
  metaLearningRate: 0.01,
};
/** Meta-trains on the toy tasks, or others, on the reference engine. @returns every checkpoint. */
async function learn(settings: object = {}, tasks = TOY_TASKS): Promise<{ all: MetaProgress[]; steps: number }> {
  const all: MetaProgress[] = [];
  let steps = 0;
  await createMetaLearner("l2o", { ...SHORT, ...settings }).learn({
    engine: await openNamedEngine("reference"),
    tasks,
    parameters: tasks[0]!.problem.parameters,
    seed: 0,
    divergenceLoss: 1e4,
    onStep: () => void steps++,
    checkpoint: (progress) => all.push(structuredClone(progress)),
  });
  return { all, steps };
}

const mean = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0) / values.length;

/** Mean of (w − b)² over four coordinates from w = 0, with b ~ N(0, I) of its own for every run. */
const minimum = (seed: number): Batches => {
  const b = Float64Array.from({ length: 4 }, normal(namedStream(seed, "minimum")));
  return { perEpoch: 1, sizes: [1], at: () => ({ size: 1, feeds: { b } }), close: () => undefined };
};
const quadratics: MetaTask = {
  domain: "quadratics",
  problem: {
    parameters: { w: { shape: [4], initialise: { kind: "constant", value: 0 }, head: false } },
    feeds: () => ({ b: { shape: [4], dtype: "float32" } }),
    loss: ({ w }, { b }) => meanOf(square(sub(w!, b!))),
    evaluate: () => ({}),
  },
  batches: minimum,
  innerBatches: minimum,
  outerBatches: minimum,
};

describe("L2O's meta-training", () => {
  drill("the loss of an episode falls: quadratics with random minima", async () => {
    const settings = { episodes: 40, episodeSteps: 20, unroll: 5, validateEvery: 10 };
    const { all } = await learn(settings, [quadratics]);
    const { curve } = all.at(-1)!;
    const losses = curve.map(({ meanLoss }) => meanLoss!);
    expect(mean(losses.slice(-8))).toBeLessThan(0.5 * mean(losses.slice(0, 8)));
    expect(curve.at(-1)!.bestValidationLoss).toBeLessThan(0.25 * curve[0]!.bestValidationLoss!);
  });

  test("it costs what its budget says", async () => {
    const { all, steps } = await learn();
    const budget = 4 * (10 + 3) + 3 * 2 * 10;
    expect(createMetaLearner("l2o", SHORT).budget(2)).toBe(budget);
    expect(all.at(-1)!.gradientEvaluations).toBe(budget);
    expect(steps).toBe(budget);
    expect(createMetaLearner("l2o", {}).budget(5)).toBe(625 * 105 + 14 * 500);
  });

  test("every task has its turn, in an order of the seed's", async () => {
    const seen: string[] = [];
    const tasks = ["a", "b", "c"].map((domain): MetaTask => ({
      ...TOY_TASKS[0]!,
      domain,
      innerBatches(seed) {
        if (seed !== 0) seen.push(domain);
        return TOY_TASKS[0]!.innerBatches(seed);
      },
    }));
    await learn({ episodes: 9, episodeSteps: 1, unroll: 1, validateEvery: 9 }, tasks);
    const rounds = [0, 3, 6].map((start) => seen.slice(start, start + 3));
    for (const round of rounds) expect([...round].sort()).toEqual(["a", "b", "c"]);
    expect(new Set(rounds.map(String)).size).toBeGreaterThan(1);
  });

  drill("what is learned is the best so far, and the networks go on from where they were", async () => {
    const { all } = await learn({ episodes: 6, validateEvery: 1, metaLearningRate: 0.3 });
    const rows = all.at(-1)!.curve;
    let kept = all[0]!.learned;
    let best = Number(all[0]!.memory!.numbers!.bestValidationLoss![0]);
    let worse = 0;
    for (const [index, { validationLoss, bestValidationLoss }] of rows.entries()) {
      const { learned, memory } = all[index + 1]!;
      if (validationLoss! < best) [kept, best] = [{ linear: memory!.linear! }, validationLoss!];
      else worse++;
      expect(bestValidationLoss).toBe(best);
      expect(learned).toEqual(kept);
      expect(memory!.linear).not.toEqual(all[index]!.memory!.linear);
    }
    expect(worse).toBeGreaterThan(0);
  });

  test("windows without a finite loss are dropped and counted, and teach nothing", async () => {
    const { all } = await learn({ episodes: 1, scale: 1e300 });
    const [row] = all.at(-1)!.curve;
    expect(row!.droppedWindows).toBe(3);
    expect(all.at(-1)!.memory!.linear).toEqual(all[0]!.memory!.linear);
    expect(row!.validationLoss).toBe(Infinity);
  });

  test("a step of Adam is as long as the clipped meta-gradient allows", async () => {
    const { all } = await learn({ episodes: 1, episodeSteps: 4, clip: 1e-12, metaLearningRate: 1 });
    const [before, after] = [all[0]!.memory!.linear!, all[1]!.memory!.linear!];
    const moved = Object.keys(weightShapes(20)).flatMap((symbol) =>
      [...after[symbol]!].map((x, i) => Math.abs(x - before[symbol]![i]!)),
    );
    expect(Math.max(...moved)).toBeLessThan(2e-4);
    expect(all[1]!.curve[0]!.gradientNorm).toBeGreaterThan(1e-12);
  });

  drill("p and scale come with what is learned", async () => {
    const { linear } = (await learn({ p: 5, scale: 0.01 })).all.at(-1)!.learned;
    expect([...linear!.p!, ...linear!.scale!]).toEqual([5, 0.01]);
  });
});
