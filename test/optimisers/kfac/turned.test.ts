import { expect, test } from "vitest";
import { map } from "../../../src/core/tree.js";
import type { Engine } from "../../../src/engine/engine.js";
import { createModel } from "../../../src/models/index.js";
import { initialise } from "../../../src/models/initialise.js";
import { isTurningCheaper } from "../../../src/optimisers/kfac/turned.js";
import type { Problem } from "../../../src/training/problem.js";
import type { TrainingProgram } from "../../../src/training/program.js";
import { supervised } from "../../../src/training/supervised.js";
import { eachEngine } from "../../support/engines.js";
import { closeTo } from "../../support/numbers.js";
import { programOf, randomBatch } from "../../support/problems.js";
import { drill } from "../../support/require.js";

test("wide layers are turned, not a classifier, and not where every few steps invert", () => {
  expect(isTurningCheaper({ a: 785, g: 256 }, 100)).toBe(true);
  expect(isTurningCheaper({ a: 257, g: 256 }, 100)).toBe(true);
  expect(isTurningCheaper({ a: 257, g: 10 }, 100)).toBe(false);
  expect(isTurningCheaper({ a: 785, g: 256 }, 1)).toBe(false);
});

/** fc1 is wide enough to be turned; fc2, the classifier, is not. */
const wide = supervised(createModel({ kind: "mlp", hidden: [160] }, [10, 16, 1], 4));
/** The same, whose layers can't be turned. */
const plain: Problem = {
  ...wide,
  layers: map(({ weight, bias }) => ({ kind: "linear", weight, bias: bias! }), wide.layers!),
};
const SIZE = 8;
const start = (): Record<string, Float64Array> => initialise(wide.parameters, 3);
const settings = { damping: 0.01, factorEvery: 2, inverseEvery: 20, decayAfterFactors: 1 };
const programFor = (engine: Engine, problem: Problem): TrainingProgram =>
  programOf(engine, "kfac", problem, [SIZE], settings);

function steps(program: TrainingProgram, from: number, to: number): number[] {
  const scalars = { learningRate: 0.02, weightDecay: 0.1 };
  return Array.from({ length: to - from + 1 }, (_, i) =>
    program.step(randomBatch(wide, SIZE, 4, from + i), from + i, scalars),
  );
}

await eachEngine(({ name, use, tolerance }) => {
  drill("turned layers take the steps of plain ones, over two inversions", async () => {
    const engine = await use();
    const [turned, other] = [programFor(engine, wide), programFor(engine, plain)];
    const programs = [turned, other];
    for (const program of programs) program.start(start());
    const kept = Object.keys(turned.read()).filter((path) => path.startsWith("theta/"));
    expect(kept.sort()).toEqual(["theta/fc1.turned", "theta/fc2.bias", "theta/fc2.weight"]);
    const first = turned.theta();
    for (const [parameter, values] of Object.entries(start())) closeTo(first[parameter]!, values, tolerance);
    const [losses, expected] = programs.map((program) => steps(program, 1, 23));
    const digits = name === "reference" ? 1e-9 : 1e-4;
    closeTo(losses!, expected!, digits);
    const [theta, plainTheta] = programs.map((program) => program.theta());
    expect(Object.keys(theta!).sort()).toEqual(Object.keys(plainTheta!).sort());
    for (const [parameter, values] of Object.entries(plainTheta!)) closeTo(theta![parameter]!, values, digits);
    expect(turned.values()).toEqual(theta);
    for (const program of programs) program.dispose();
  });

  test("a state that was read goes on to the same bits; that of another program is refused", async () => {
    const engine = await use();
    const [whole, resumed, other] = [programFor(engine, wide), programFor(engine, wide), programFor(engine, plain)];
    for (const program of [whole, resumed, other]) program.start(start());
    steps(whole, 1, 3);
    expect(resumed.restore(whole.read())).toBe(true);
    expect(resumed.restore(other.read())).toBe(false);
    expect(steps(resumed, 4, 22)).toEqual(steps(whole, 4, 22));
    expect(resumed.read()).toEqual(whole.read());
    for (const program of [whole, resumed, other]) program.dispose();
  });

  test("where a turned layer's gradient is no finite number, its weight and its bias are named", async () => {
    const program = programFor(await use(), wide);
    const theta = start();
    theta["fc1.weight"]!.fill(NaN, 0, 1);
    program.start(theta);
    steps(program, 1, 1);
    expect(program.brokenGradients()).toEqual(Object.keys(wide.parameters));
    program.dispose();
  });
});
