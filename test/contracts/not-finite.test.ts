// Every operation passes on what is not a finite number, of both signs, alike on all engines: forward and in gradients.
import { describe, expect, test } from "vitest";
import { map, type Leaves } from "../../src/core/tree.js";
import type { EngineName, Entry, Program } from "../../src/engine/engine.js";
import { valueAndGrad } from "../../src/engine/grad.js";
import { sizeOf, type HostArray, type TensorSpec } from "../../src/engine/host.js";
import { tensorFrom } from "../../src/engine/memory.js";
import { openNamedEngine } from "../../src/engine/open.js";
import * as ops from "../../src/engine/ops.js";
import type { Tensor } from "../../src/engine/ops.js";
import { ENGINE_NAMES, engineOrNone } from "../support/engines.js";
import { lstmResults, lstmShapes, randomInputs, weightsOf, type Case, type Tensors } from "../support/operations.js";

interface Subject extends Omit<Case, "counting"> {
  /** Where zeros around an image meet the number, some engines multiply it by them. */
  readonly aroundImages?: true;
  /** Not differentiable. */
  readonly flat?: true;
  /** NaN of an input makes NaN of its gradient. */
  readonly reports?: true;
  /** Which place of a window with NaN its gradient is passed to is the engine's choice. */
  readonly anyPlace?: true;
  /** There is no NaN among the values. */
  readonly integers?: true;
}

/** Longer than the vectors that kernels work in, with a rest. */
const V = [37];
const M = [7, 9];
const IMAGES = [2, 6, 6, 5];
const labels = (): Tensor =>
  tensorFrom(
    Int32Array.from({ length: 7 }, (_, i) => i),
    { shape: [7], dtype: "int32" },
  );
const convolution = (size: number, stride: number, padding: number): Subject => ({
  shapes: { a: IMAGES, b: [size, size, 5, 4] },
  f: ({ a, b }) => ops.conv2d(a!, b!, { stride, padding }),
  aroundImages: true,
});

/** Every operation, by its name. */
const SUBJECTS: Readonly<Record<string, Subject>> = {
  add: { shapes: { a: V, b: V }, f: ({ a, b }) => ops.add(a!, b!) },
  "add of a row": { shapes: { a: M, b: [9] }, f: ({ a, b }) => ops.add(a!, b!) },
  sub: { shapes: { a: V, b: V }, f: ({ a, b }) => ops.sub(a!, b!) },
  mul: { shapes: { a: V, b: V }, f: ({ a, b }) => ops.mul(a!, b!) },
  "mul by zero": { shapes: { a: V }, f: ({ a }) => ops.mul(a!, 0) },
  div: { shapes: { a: V, b: V }, f: ({ a, b }) => ops.div(a!, b!), from: 1 },
  maximum: { shapes: { a: V, b: V }, f: ({ a, b }) => ops.maximum(a!, b!), reports: true },
  "maximum with a number": { shapes: { a: V }, f: ({ a }) => ops.maximum(0.25, a!), reports: true },
  minimum: { shapes: { a: V, b: V }, f: ({ a, b }) => ops.minimum(a!, b!), reports: true },
  "minimum, clipped": { shapes: { a: V }, f: ({ a }) => ops.maximum(ops.minimum(a!, 1), -1), reports: true },
  neg: { shapes: { a: V }, f: ({ a }) => ops.neg(a!) },
  square: { shapes: { a: V }, f: ({ a }) => ops.square(a!), reports: true },
  sqrt: { shapes: { a: V }, f: ({ a }) => ops.sqrt(a!), from: 1, reports: true },
  exp: { shapes: { a: V }, f: ({ a }) => ops.exp(a!), reports: true },
  log: { shapes: { a: V }, f: ({ a }) => ops.log(a!), from: 1, reports: true },
  abs: { shapes: { a: V }, f: ({ a }) => ops.abs(a!), reports: true },
  sign: { shapes: { a: V }, f: ({ a }) => ops.sign(a!) },
  tanh: { shapes: { a: V }, f: ({ a }) => ops.tanh(a!), reports: true },
  sigmoid: { shapes: { a: V }, f: ({ a }) => ops.sigmoid(a!), reports: true },
  sum: { shapes: { a: M }, f: ({ a }) => ops.sum(a!) },
  "sum over rows": { shapes: { a: M }, f: ({ a }) => ops.sum(a!, [0]) },
  "sum over columns": { shapes: { a: M }, f: ({ a }) => ops.sum(a!, [1]) },
  mean: { shapes: { a: M }, f: ({ a }) => ops.mean(a!) },
  argMax: { shapes: { a: M }, f: ({ a }) => ops.argMax(a!), flat: true, integers: true },
  equal: { shapes: { a: V, b: V }, f: ({ a, b }) => ops.equal(a!, b!), flat: true, integers: true },
  reshape: { shapes: { a: M }, f: ({ a }) => ops.reshape(a!, [9, 7]) },
  transpose: { shapes: { a: M }, f: ({ a }) => ops.transpose(a!) },
  concat: { shapes: { a: M, b: M }, f: ({ a, b }) => ops.concat([a!, b!], 1) },
  slice: { shapes: { a: M }, f: ({ a }) => ops.slice(a!, [0, 0], [7, 9]) },
  split: { shapes: { a: M }, f: ({ a }) => ops.concat(ops.split(a!, [2, 7], 1).reverse(), 1) },
  matMul: { shapes: { a: M, b: [9, 5] }, f: ({ a, b }) => ops.matMul(a!, b!) },
  "matMul, both transposed": { shapes: { a: [9, 7], b: [5, 9] }, f: ({ a, b }) => ops.matMul(a!, b!, true, true) },
  conv2d: convolution(3, 1, 0),
  "conv2d, same": convolution(3, 1, 1),
  "conv2d, stride 2": convolution(3, 2, 1),
  patches: { shapes: { a: IMAGES }, f: ({ a }) => ops.patches(a!, [3, 3], { stride: 1, padding: 1 }), flat: true },
  maxPool: { shapes: { a: IMAGES }, f: ({ a }) => ops.maxPool(a!, 2), reports: true, anyPlace: true },
  "maxPool, overlapping and padded": {
    shapes: { a: IMAGES },
    f: ({ a }) => ops.maxPool(a!, 3, { stride: 2, padding: 1 }),
    reports: true,
    anyPlace: true,
  },
  relu: { shapes: { a: V }, f: ({ a }) => ops.relu(a!), reports: true },
  softmaxCrossEntropy: { shapes: { a: M }, f: ({ a }) => ops.softmaxCrossEntropy(a!, labels()), reports: true },
  batchNormTraining: {
    shapes: { a: M, b: [9], c: [9] },
    f: ({ a, b, c }) => ops.batchNormTraining(a!, b!, c!, 1e-3).y,
  },
  "batchNormTraining, its mean and variance": {
    shapes: { a: M },
    f: ({ a }) => {
      const one = ops.slice(ops.onesLike(a!), [0, 0], [1, 9]);
      const { mean, variance } = ops.batchNormTraining(a!, ops.reshape(one, [9]), ops.reshape(one, [9]), 1e-3);
      return ops.concat([mean, variance], 0);
    },
    flat: true,
  },
  diagonal: {
    shapes: { a: [5, 1] },
    f: ({ a }) => ops.diagonal(ops.matMul(a!, ops.onesLike(a!), false, true)),
    flat: true,
  },
  symmetricEigen: {
    shapes: { a: [5, 5] },
    f: ({ a }) => ops.symmetricEigen(ops.add(a!, ops.transpose(a!))).values,
    flat: true,
  },
  lstm: {
    shapes: lstmShapes(2, 3, 2, 37),
    f: lstmResults,
    // The slope of a saturated gate is 0 in float32 alone: times an infinity it is NaN there. Its gradients are looked at
    // in test/engine/lstm.test.ts.
    flat: true,
  },
  rankOneSolve: {
    shapes: { a: M, l: [7, 1], r: [1, 9] },
    f: ({ a, l, r }) => ops.rankOneSolve(a!, { vector: l!, scaled: l! }, { vector: r!, scaled: r! }),
    flat: true,
  },
  inverse: { shapes: { a: [5, 5] }, f: ({ a }) => ops.inverse(ops.matMul(a!, a!, true), 1), flat: true },
};
/** What has the same value whatever its input is. */
const CONSTANT = ["zerosLike", "onesLike"];

test("every operation is a subject", () => {
  const named = Object.keys(SUBJECTS).map((name) => name.split(/[ ,]/)[0]!);
  expect(new Set(named)).toEqual(new Set(Object.keys(ops).filter((name) => !CONSTANT.includes(name))));
});

/** As bits: no arithmetic keeps the sign of a NaN for sure. */
const SPECIAL = {
  NaN: 0x7fc00000,
  "NaN with its sign bit set": 0xffc00000,
  "NaN with a payload": 0x7fc00001,
  Infinity: 0x7f800000,
  "-Infinity": 0xff800000,
};

const ENGINES: EngineName[] = [];
for (const name of ENGINE_NAMES) if ((await engineOrNone(name)) !== undefined) ENGINES.push(name);

/** "N" of NaN, "+" and "-" of the infinities, "." of finite numbers. */
const kinds = (values: Iterable<number>): string =>
  Array.from(values, (x) => (Number.isNaN(x) ? "N" : x === Infinity ? "+" : x === -Infinity ? "-" : ".")).join("");

/** The kinds of an operation's values, or the values where they are integers, and of its inputs' gradients. */
type Outcome = Readonly<Record<"y" | `gradient of ${string}`, string>>;

function outcome(program: Program, feeds: Leaves<HostArray>, { flat }: Subject): Outcome {
  const { y } = program.run("forward", feeds);
  const gradients = flat ? {} : program.run("gradient", feeds);
  return {
    y: y instanceof Int32Array ? y.join(" ") : kinds(y!),
    ...Object.fromEntries(Object.entries(gradients).map(([name, values]) => [`gradient of ${name}`, kinds(values)])),
  };
}

async function compiled(name: EngineName, { shapes, f, flat }: Subject): Promise<Program> {
  const engine = await openNamedEngine(name);
  const feeds = map((shape): TensorSpec => ({ shape, dtype: "float32" }), shapes);
  const weighted = (x: Leaves<Tensor>): Tensor => {
    const y = f(x as Tensors);
    return ops.sum(ops.mul(y, tensorFrom(weightsOf(y.size), { shape: y.shape, dtype: "float32" })));
  };
  const forward: Entry = { feeds, step: (state, x) => ({ state, outputs: { y: f(x as Tensors) } }) };
  const gradient: Entry = { feeds, step: (state, x) => ({ state, outputs: valueAndGrad(weighted, x).grads }) };
  return engine.compile<string>({ state: {}, entries: flat ? { forward } : { forward, gradient } });
}

/** Inputs with a number at a place; float32, so that its bits are kept. */
function disturbed(inputs: Leaves<HostArray>, { input, at, bits }: Disturbance): Leaves<HostArray> {
  const feeds = map((values) => Float32Array.from(values), inputs);
  new Uint32Array(feeds[input]!.buffer)[at] = bits;
  return feeds;
}

interface Disturbance {
  readonly name: string;
  readonly input: string;
  readonly at: number;
  readonly bits: number;
}

/** Every special number at several places of every input. */
const disturbances = ({ shapes }: Subject): Disturbance[] =>
  Object.entries(shapes).flatMap(([input, shape]) =>
    [...new Set([0, 1, 5, 18, sizeOf(shape) - 1])]
      .filter((at) => at < sizeOf(shape))
      .flatMap((at) =>
        Object.entries(SPECIAL).map(([special, bits]) => ({ name: `${special} at ${input}[${at}]`, input, at, bits })),
      ),
  );

async function outcomes(name: EngineName, it: Subject): Promise<Record<string, Outcome>> {
  const program = await compiled(name, it);
  const inputs = randomInputs(it);
  const all = disturbances(it).map((each) => [each.name, outcome(program, disturbed(inputs, each), it)]);
  program.dispose();
  return Object.fromEntries(all) as Record<string, Outcome>;
}

/** Where one is not a finite number, the other is none. */
const covers = (held: string, expected: string): boolean =>
  [...expected].every((kind, i) => kind === "." || held[i] !== ".");

/** Leaves out what engines need not agree on. */
const comparable = (all: Record<string, Outcome>, { anyPlace }: Subject): Record<string, Outcome> =>
  map((each) => (anyPlace ? { y: each.y } : each), all);

describe.each(Object.entries(SUBJECTS))("%s", (_name, it) => {
  test.each(ENGINES)("no NaN is hidden by %s", async (engine) => {
    for (const [where, all] of Object.entries(await outcomes(engine, it))) {
      if (!where.startsWith("NaN")) continue;
      if (it.integers !== true) expect(all.y, where).toContain("N");
      const gradient = all[`gradient of ${where.split(" at ")[1]!.split("[")[0]!}`];
      if (it.reports) expect(gradient, `gradient, ${where}`).toContain("N");
    }
  });

  test.each(ENGINES)("%s gives what the reference does", async (engine) => {
    const expected = comparable(await outcomes("reference", it), it);
    const held = comparable(await outcomes(engine, it), it);
    if (it.aroundImages !== true) expect(held).toEqual(expected);
    for (const [where, all] of Object.entries(held))
      for (const [part, text] of Object.entries(all) as [keyof Outcome, string][])
        if (it.aroundImages) expect(covers(text, expected[where]![part]), `${part}, ${where}`).toBe(true);
  });
});
