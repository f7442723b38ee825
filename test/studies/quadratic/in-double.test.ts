import { describe, expect, test } from "vitest";
import { openNamedEngine } from "../../../src/engine/open.js";
import { add, mul, square, sub, sum } from "../../../src/engine/ops.js";
import type { ParameterSpec } from "../../../src/engine/parameters.js";
import type { MethodId } from "../../../src/optimisers/index.js";
import {
  adamInDouble,
  diagonalInDouble,
  sgdInDouble,
  type DoubleRule,
} from "../../../src/studies/quadratic/in-double.js";
import type { Problem } from "../../../src/training/problem.js";
import { closeTo } from "../../support/numbers.js";
import { programOf } from "../../support/problems.js";

const scalar: ParameterSpec = { shape: [1], initialise: { kind: "constant", value: 0 }, head: false };
/** 0.3x² + 14y² − x − y. */
const problem: Problem = {
  parameters: { x: scalar, y: scalar },
  feeds: () => ({}),
  loss: ({ x, y }) => sum(sub(add(mul(square(x!), 0.3), mul(square(y!), 14)), add(x!, y!))),
  evaluate: () => ({}),
};
const STEPS = 200;

/** Every point of a path of the rule on tensors, on the engine of double precision. */
async function onTensors(method: MethodId, learningRate: number): Promise<number[]> {
  const program = programOf(await openNamedEngine("reference"), method, problem, [1]);
  program.start({ x: Float64Array.of(0.4), y: Float64Array.of(-0.3) });
  const points: number[] = [];
  for (let t = 1; t <= STEPS; t++) {
    program.step({ size: 1, feeds: {} }, t, { learningRate, weightDecay: 0 });
    const { x, y } = program.theta();
    points.push(x![0]!, y![0]!);
  }
  program.dispose();
  return points;
}

function inDouble(rule: DoubleRule): number[] {
  const theta = Float64Array.of(0.4, -0.3);
  return Array.from({ length: STEPS }, () => {
    rule(theta, Float64Array.of(0.6 * theta[0]! - 1, 28 * theta[1]! - 1));
    return [...theta];
  }).flat();
}

describe("rules in double precision are those on tensors", () => {
  test.each<[MethodId, number, DoubleRule]>([
    ["sgd", 0.05, sgdInDouble(0.05)],
    ["sgd_momentum", 0.03, sgdInDouble(0.03, 0.9)],
    ["adam", 0.3, adamInDouble(0.3)],
  ])("%s", async (method, learningRate, rule) => {
    closeTo(inDouble(rule), await onTensors(method, learningRate), 1e-12);
  });

  test("mirror descent with M = I is SGD, and divides by m otherwise", () => {
    expect(inDouble(diagonalInDouble(0.03, [1, 1]))).toEqual(inDouble(sgdInDouble(0.03)));
    const theta = Float64Array.of(1, 1);
    diagonalInDouble(0.1, [0.5, 2])(theta, Float64Array.of(1, -1));
    closeTo(theta, [0.8, 1.05], 1e-15);
  });
});
