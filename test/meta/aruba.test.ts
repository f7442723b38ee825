import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { add, mul, square, sub, sum } from "../../src/engine/ops.js";
import type { ParameterSpec } from "../../src/engine/parameters.js";
import type { MetaTask } from "../../src/meta/meta-learner.js";
import { rates } from "../../src/optimisers/aruba/rates.js";
import type { LearnedValues } from "../../src/optimisers/optimiser.js";
import type { Batches, Problem } from "../../src/training/problem.js";
import { eachEngine } from "../support/engines.js";
import { closeTo } from "../support/numbers.js";
import { p0, programOf } from "../support/problems.js";
import { learn } from "../support/toy-tasks.js";

type Pair = readonly [number, number];
interface Golden {
  readonly tasks: readonly {
    readonly end: Pair;
    readonly b: Pair;
    readonly g: Pair;
    readonly rate: Pair;
    readonly isotropic: number;
    readonly phi: Pair;
  }[];
  readonly metaTest: Readonly<Record<"aruba" | "aruba_plus", readonly Pair[]>>;
}
const golden = JSON.parse(readFileSync(new URL("../golden/aruba.json", import.meta.url), "utf8")) as Golden;
/** The table prints 12 decimals. */
const PRINTED = 1e-11;

const starting = (value: number): ParameterSpec => ({
  shape: [1],
  initialise: { kind: "constant", value },
  head: false,
});
const parameters = { x: starting(1), y: starting(-2) };
const first: Problem = { ...p0, parameters };
/** Its gradient is (2x − 0.2y − 0.5, 1.5y − 0.2x + 0.3). */
const second: Problem = {
  ...first,
  loss: ({ x, y }) =>
    sum(add(sub(add(square(x!), mul(square(y!), 0.75)), mul(mul(x!, y!), 0.2)), sub(mul(y!, 0.3), mul(x!, 0.5)))),
};
const once = (): Batches => ({ perEpoch: 1, sizes: [1], at: () => ({ size: 1, feeds: {} }), close: () => undefined });
const taskOf = (problem: Problem): MetaTask => ({
  domain: "quadratic",
  problem,
  batches: once,
  innerBatches: once,
  outerBatches: once,
});
const SETTINGS = { tasks: 2, innerSteps: 3, learnInit: true, reptileRate: 0.5, annealed: false };
const pair = ({ x, y }: LearnedValues, symbol: string): number[] => [x![symbol]![0]!, y![symbol]![0]!];

describe("the two-task example", async () => {
  // A program serves the problem of its first task, so the second task goes on from what the first one left.
  const one = (await learn("aruba", { tasks: [taskOf(first)], settings: { ...SETTINGS, tasks: 1 } })).last;
  const two = (await learn("aruba", { tasks: [taskOf(second)], settings: SETTINGS, resume: one })).last;

  test.each([
    [1, one],
    [2, two],
  ])("after task %i", (number, { learned }) => {
    const expected = golden.tasks[number - 1]!;
    closeTo(pair(learned, "b"), expected.b, PRINTED);
    closeTo(pair(learned, "g"), expected.g, PRINTED);
    closeTo(pair(learned, "initial"), expected.phi, PRINTED);
    const { x, y } = rates(learned, false);
    closeTo([x![0]!, y![0]!], expected.rate, PRINTED);
    closeTo([rates(learned, true).x![0]!], [expected.isotropic], PRINTED);
  });
});

describe("meta-test from the learned sums", async () => {
  const { b, g, phi } = golden.tasks[1]!;
  const of = (index: 0 | 1): { b: Float64Array; g: Float64Array } => ({
    b: Float64Array.of(b[index]),
    g: Float64Array.of(g[index]),
  });
  const learned: LearnedValues = { x: of(0), y: of(1) };
  await eachEngine(({ name, use, tolerance }) => {
    test.each(["aruba", "aruba_plus"] as const)("%s", async (id) => {
      const program = programOf(await use(), id, first, [1], {}, learned);
      program.start({ x: Float64Array.of(phi[0]), y: Float64Array.of(phi[1]) });
      for (const [index, point] of golden.metaTest[id].entries()) {
        program.step({ size: 1, feeds: {} }, index + 1, { learningRate: 1, weightDecay: 0 });
        const { x, y } = program.theta();
        closeTo([x![0]!, y![0]!], point, name === "reference" ? PRINTED : tolerance);
      }
      program.dispose();
    });
  });
});

describe("meta-training", () => {
  test("isotropic: one rate for all, and inner runs take it", async () => {
    const settings = { tasks: 2, innerSteps: 4, isotropic: true };
    const { last } = await learn("aruba", { settings });
    const { curve } = last;
    for (const { minRate, meanRate, maxRate } of curve) {
      expect(minRate).toBe(maxRate);
      expect(meanRate).toBeCloseTo(minRate!, 12);
    }
    const perCoordinate = await learn("aruba", { settings: { ...settings, isotropic: false } });
    expect(perCoordinate.last.curve[1]!.meanLoss).not.toBe(curve[1]!.meanLoss);
  });

  test("a task that diverges changes nothing and is counted", async () => {
    const { last } = await learn("aruba", { settings: { tasks: 1, innerSteps: 4, initialLearningRate: 1e12 } });
    expect(last.curve[0]!.divergedRuns).toBe(1);
    expect(new Set(last.learned["fc1.bias"]!.g)).toEqual(new Set([1]));
  });

  test("fresh weights for every task, unless the initial weights are learned", async () => {
    const { last } = await learn("aruba", { settings: { tasks: 2, innerSteps: 2 } });
    expect(Object.keys(last.learned["fc1.weight"]!)).toEqual(["b", "g"]);
    const shared = await learn("aruba", { settings: { tasks: 2, innerSteps: 2, learnInit: true } });
    expect(Object.keys(shared.last.learned["fc1.weight"]!)).toEqual(["b", "g", "initial"]);
    // The classifier starts fresh in every task.
    expect(Object.keys(shared.last.learned["fc3.weight"]!)).toEqual(["b", "g"]);
  });

  test("old sums can be forgotten", async () => {
    const settings = { tasks: 3, innerSteps: 3 };
    const total = async (forgetting: number): Promise<number> => {
      const { learned } = (await learn("aruba", { settings: { ...settings, forgetting } })).last;
      return Array.from(learned["fc1.weight"]!.g!).reduce((all, value) => all + value, 0);
    };
    expect(await total(0.5)).toBeLessThan(await total(0));
  });
});
