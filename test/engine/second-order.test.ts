import { describe, expect, test } from "vitest";
import { map, type Leaves } from "../../src/core/tree.js";
import { namedStream } from "../../src/core/rng.js";
import { hessianVector, valueAndGrad, vectorJacobian } from "../../src/engine/grad.js";
import type { HostArray } from "../../src/engine/host.js";
import { hostArray, tensorCount, tensorFrom, tidy } from "../../src/engine/memory.js";
import { openNamedEngine } from "../../src/engine/open.js";
import * as ops from "../../src/engine/ops.js";
import type { Tensor } from "../../src/engine/ops.js";
import { initialise } from "../../src/models/initialise.js";
import type { Problem } from "../../src/training/problem.js";
import { eachEngine } from "../support/engines.js";
import { closeTo } from "../support/numbers.js";
import { CASES, randomInputs, weightsOf, type Case, type Tensors } from "../support/operations.js";
import { randomBatch, smallBatchNorm, smallLenet, smallMlp } from "../support/problems.js";

type Values = Readonly<Record<string, HostArray>>;

/** A scalar function of inputs, to be built anew on whatever engine is present. */
interface Scalar {
  readonly inputs: Values;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  f(x: Leaves<Tensor>): Tensor;
}

const tensorOf = (values: HostArray, shape: readonly number[]): Tensor =>
  tensorFrom(values, { shape, dtype: "float32" });
const tensors = ({ shapes }: Scalar, values: Values): Record<string, Tensor> =>
  map((numbers, name) => tensorOf(numbers, shapes[name]!), values);
const read = (compute: () => Leaves<Tensor>): Record<string, Float64Array> => {
  let result: Record<string, Float64Array> = {};
  tidy(() => ((result = map((tensor) => Float64Array.from(hostArray(tensor)), compute())), []));
  return result;
};
const gradient = (it: Scalar, at: Values): Record<string, Float64Array> =>
  read(() => valueAndGrad((x) => it.f(x), tensors(it, at)).grads);
const product = (it: Scalar, v: Values): Record<string, Float64Array> =>
  read(() => hessianVector((x) => it.f(x), tensors(it, it.inputs), tensors(it, v)));
const direction = ({ inputs }: Scalar): Record<string, Float64Array> => {
  const uniform = namedStream(1, "direction");
  return map((values) => Float64Array.from(values, () => uniform() - 0.5), inputs);
};
/** (∇f(x + hv) − ∇f(x − hv)) / 2h. */
function central(it: Scalar, v: Values, h = 1e-5): Record<string, Float64Array> {
  const moved = (by: number): Values =>
    map((values, along) => Float64Array.from(values, (value, i) => value + by * along[i]!), it.inputs, v);
  const [ahead, behind] = [gradient(it, moved(h)), gradient(it, moved(-h))];
  return map((up, down) => up.map((value, i) => (value - down[i]!) / (2 * h)), ahead, behind);
}
/** All inputs' numbers in one list: entries of very different inputs are held to the same scale. */
const joined = (values: Values): number[] => Object.values(values).flatMap((numbers) => [...numbers]);

/** The weighted sum of cubes of an operation's results: no second derivative of it vanishes for being linear. */
const chained = (it: Case): Scalar => ({
  inputs: randomInputs(it),
  shapes: it.shapes,
  f(x) {
    const y = it.f(x as Tensors);
    return ops.sum(ops.mul(ops.mul(y, ops.square(y)), tensorOf(weightsOf(y.size), y.shape)));
  },
});

function ofProblem(problem: Problem, batch: number, classes: number): Scalar {
  const { feeds } = randomBatch(problem, batch, classes, 5);
  const specs = problem.feeds(batch);
  return {
    inputs: initialise(problem.parameters, 4),
    shapes: map(({ shape }) => shape, problem.parameters),
    f: (theta) =>
      problem.loss(
        theta,
        map((spec, name) => tensorFrom(feeds[name]!, spec), specs),
      ),
  };
}
/** Not the flat one, which has nothing to differentiate, nor what is differentiable once. */
const CHAINS = Object.entries(CASES).filter(([name]) => name !== "sign" && !name.startsWith("lstm"));
const NETS: Readonly<Record<string, Scalar>> = {
  MLP: ofProblem(smallMlp, 6, 4),
  "LeNet, convolutions and pooling": ofProblem(smallLenet, 2, 10),
  "a convolutional net with batch normalisation": ofProblem(smallBatchNorm, 6, 3),
};

describe("Hessian-vector products are central differences of gradients", () => {
  test.each(CHAINS)("%s", async (_name, it) => {
    await openNamedEngine("reference");
    const f = chained(it);
    closeTo(joined(product(f, direction(f))), joined(central(f, direction(f))), 1e-6);
  });

  test.each(Object.entries(NETS))("%s", async (_name, f) => {
    await openNamedEngine("reference");
    const [exact, numeric] = [product(f, direction(f)), central(f, direction(f), 1e-6)];
    for (const [name, values] of Object.entries(numeric)) closeTo(exact[name]!, values, 1e-6);
  });
});

await eachEngine(({ use }) => {
  test.each(CHAINS)("product of %s agrees with the reference", async (_name, it) => {
    const f = chained(it);
    await openNamedEngine("reference");
    const expected = product(f, direction(f));
    await use();
    closeTo(joined(product(f, direction(f))), joined(expected), 2e-5);
  });

  test.each(Object.entries(NETS))("product of %s, compiled, agrees with the reference", async (_name, f) => {
    await openNamedEngine("reference");
    const v = direction(f);
    const expected = product(f, v);
    const engine = await use();
    const specs = map((shape) => ({ shape, dtype: "float32" as const }), f.shapes);
    const program = engine.compile({
      state: specs,
      entries: {
        product: {
          feeds: specs,
          step: (theta, direction) => ({
            state: theta,
            outputs: hessianVector((x) => f.f(x), theta as Leaves<Tensor>, direction),
          }),
        },
      },
    });
    program.load(f.inputs);
    const actual = program.run("product", v);
    program.dispose();
    for (const [parameter, values] of Object.entries(expected)) closeTo(actual[parameter]!, values, 1e-4);
  });

  test("what a function does not depend on has a product of zero", async () => {
    await use();
    const x = { a: Float64Array.of(1, 2), b: Float64Array.of(3) };
    const shapes = { a: [2], b: [1] };
    const result = read(() => {
      const held = map((values, key) => tensorOf(values, shapes[key as "a" | "b"]), x);
      return vectorJacobian(({ a }) => ({ y: ops.square(a!) }), held, { y: tensorOf(Float64Array.of(1, 1), [2]) });
    });
    expect(map((values) => [...values], result)).toEqual({ a: [2, 4], b: [0] });
  });

  test("leaves no tensor behind", async () => {
    await use();
    const before = tensorCount();
    for (const f of Object.values(NETS)) product(f, direction(f));
    for (const [, it] of CHAINS) product(chained(it), direction(chained(it)));
    expect(tensorCount()).toBe(before);
  });
});

test("the products of a net that is drawn at random are symmetric", async () => {
  await openNamedEngine("reference");
  const f = NETS.MLP!;
  const [v, w] = [direction(f), map((values) => values.map((_x, i) => Math.sin(i)), f.inputs)] as const;
  const dot = (x: Values, y: Values): number => {
    const [left, right] = [joined(x), joined(y)];
    return left.reduce((total, value, i) => total + value * right[i]!, 0);
  };
  expect(dot(product(f, v), w)).toBeCloseTo(dot(v, product(f, w)), 10);
});
