// Makes test/golden/take-home.json: 20 steps of every rule that metamd_optim.py applies, on given gradients, in double
// precision on the reference engine. The test gives the same gradients to PyTorch.
// Numbers are those of `noise`, in PyTorch's order; learned values are what a rule begins with, moved by noise, in ours.
import { openNamedEngine } from "../../dist/src/engine/open.js";
import { add, mul, sum } from "../../dist/src/engine/ops.js";
import { createModel } from "../../dist/src/models/index.js";
import { createOptimiser, untrained } from "../../dist/src/optimisers/index.js";
import { trainingProgram } from "../../dist/src/training/program.js";
import { commandLine } from "../command-line.js";

commandLine({
  about:
    "Says test/golden/take-home.json: 20 steps of every rule that metamd_optim.py applies.\n> test/golden/take-home.json && npx prettier --write test/golden/take-home.json",
});
const STEPS = 20;
/** How far learned values are from where they begin, by symbol; of L2O's networks all but p and scale. */
const MOVED = { a: 0.3, b: 0.3, alpha: 0.005, Mo: 0.05, Mi: 0.05, Mf: 0.05, m: 0.3, g: 0.5 };
const NETWORK = 0.05;

/** Numbers in [-1, 1): 2 (((31 + key) i^2 + 17 i + 101 key) mod 1009) / 1009 - 1. */
const noise = (size, key) =>
  Float64Array.from({ length: size }, (_, i) => (2 * (((31 + key) * i * i + 17 * i + 101 * key) % 1009)) / 1009 - 1);
const sizeOf = (shape) => shape.reduce((product, side) => product * side, 1);

const convolutionsOf = ({ parameters }) =>
  Object.fromEntries(Object.entries(parameters).filter(([, { shape }]) => shape.length === 4));
const resnet = createModel({ kind: "resnet18", width: 4, freeze: "none" }, [32, 32, 3], 10);
/** Parameters, and of a linear weight after a map how many channels its columns run over. */
const MODELS = {
  mlp: {
    parameters: createModel({ kind: "mlp", hidden: [16, 12] }, [8, 8, 3], 10).parameters,
    flattened: { "fc1.weight": 3 },
  },
  lenet: {
    parameters: createModel({ kind: "lenet" }, [28, 28, 1], 10).parameters,
    flattened: { "fc1.weight": 16 },
  },
  convolutions: { parameters: convolutionsOf(resnet), flattened: {} },
};
/** Methods with settings; the rate is one at which 20 steps go some way. */
const METHODS = [
  { method: "metamd", learner: "metamd", settings: { momentum: 0 }, learningRate: 0.3 },
  { method: "metamd", learner: "metamd", settings: { momentum: 0.9 }, learningRate: 0.1 },
  { method: "meta_sgd", learner: "meta_sgd", settings: {}, learningRate: 5 },
  { method: "meta_curvature", learner: "meta_curvature", settings: {}, learningRate: 0.1 },
  { method: "aruba", learner: "aruba", settings: { isotropic: false }, learningRate: 0.1 },
  { method: "aruba_plus", learner: "aruba", settings: { isotropic: false, coefficient: 1 }, learningRate: 0.1 },
  { method: "aruba_plus", learner: "aruba", settings: { isotropic: true, coefficient: 10 }, learningRate: 0.1 },
  { method: "l2o", learner: "l2o", settings: {}, learningRate: 0.1 },
];

/** For every number in PyTorch's order its place in ours. */
function places(shape, channels) {
  const at = [];
  if (shape.length === 4) {
    const [kh, kw, inputs, outputs] = shape;
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < inputs; i++)
        for (let y = 0; y < kh; y++) for (let x = 0; x < kw; x++) at.push(((y * kw + x) * inputs + i) * outputs + o);
  } else {
    const columns = shape[1] ?? 1;
    for (let r = 0; r < shape[0]; r++)
      for (let c = 0; c < channels; c++)
        for (let place = 0; place < columns / channels; place++) at.push(r * columns + place * channels + c);
  }
  return at;
}

function learnedValues(method, parameters) {
  const groups = Object.entries(untrained(method, parameters));
  return Object.fromEntries(
    groups.map(([name, symbols], k) => [
      name,
      Object.fromEntries(
        Object.entries(symbols).map(([symbol, values], j) => {
          const fixed = symbol === "p" || symbol === "scale";
          const size = fixed ? 0 : method === "l2o" ? NETWORK : MOVED[symbol];
          const own = noise(values.length, 10 * k + j + 1);
          return [symbol, Float64Array.from(values, (value, i) => value + size * own[i])];
        }),
      ),
    ]),
  );
}

const engine = await openNamedEngine("reference", {});
const cases = [];
for (const [model, { parameters, flattened }] of Object.entries(MODELS)) {
  const names = Object.keys(parameters);
  const order = Object.fromEntries(names.map((name) => [name, places(parameters[name].shape, flattened[name] ?? 1)]));
  const toOurs = (name, values) => {
    const result = new Float64Array(values.length);
    order[name].forEach((ours, torch) => (result[ours] = values[torch]));
    return result;
  };
  const start = (name, k) => noise(sizeOf(parameters[name].shape), 500 + k).map((n) => 0.1 * n);
  const gradient = (name, k, t) => noise(sizeOf(parameters[name].shape), 1000 * t + k).map((n) => 0.1 * n * n * n);
  const problem = {
    parameters,
    feeds: () =>
      Object.fromEntries(names.map((name) => [`g:${name}`, { shape: parameters[name].shape, dtype: "float32" }])),
    loss: (theta, feeds) => names.map((name) => sum(mul(theta[name], feeds[`g:${name}`]))).reduce((x, y) => add(x, y)),
    evaluate: () => ({}),
  };
  for (const { method, learner, settings, learningRate } of METHODS)
    // L2O takes 10 kflop a coordinate: once on the larger models.
    for (const weightDecay of method === "l2o" && model !== "mlp" ? [0.01] : [0, 0.01]) {
      const create = (learned) => createOptimiser(method, settings, { parameters, learned });
      const program = trainingProgram(engine, problem, create, [1], learnedValues(method, parameters));
      program.start(Object.fromEntries(names.map((name, k) => [name, toOurs(name, start(name, k))])));
      const steps = [];
      let displacement;
      for (let t = 1; t <= STEPS; t++) {
        const feeds = Object.fromEntries(names.map((name, k) => [`g:${name}`, toOurs(name, gradient(name, k, t))]));
        program.step({ size: 1, feeds }, t, { learningRate, weightDecay });
        const theta = program.theta();
        displacement = Object.fromEntries(
          names.map((name, k) => {
            const from = start(name, k);
            return [name, order[name].map((ours, torch) => theta[name][ours] - from[torch])];
          }),
        );
        steps.push(names.reduce((held, name) => held + projected(displacement[name]).projection, 0));
      }
      program.dispose();
      const byParameter = Object.fromEntries(names.map((name) => [name, projected(displacement[name])]));
      cases.push({ model, method, learner, settings, learningRate, weightDecay, steps, parameters: byParameter });
      process.stderr.write(`${model} ${method} ${JSON.stringify(settings)} ${weightDecay}\n`);
    }
}

/** A displacement's inner product with noise of key 9, the sum of its sizes, and its last entry. */
function projected(displacement) {
  const direction = noise(displacement.length, 9);
  return {
    projection: displacement.reduce((held, d, i) => held + d * direction[i], 0),
    size: displacement.reduce((held, d) => held + Math.abs(d), 0),
    last: displacement.at(-1),
  };
}

const madeBy = "scripts/golden/take-home.js, reference engine in float64";
console.log(JSON.stringify({ "made by": madeBy, cases }));
