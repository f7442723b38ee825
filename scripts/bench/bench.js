// All speeds in one run, interleaved: steps of every method on every model and engine that is here, evaluation, batches,
// memory, the start of the program, and what a run of a sweep costs besides its steps.
// Usage: npm run bench -- [--against pytorch] [--python FILE] [--threads N] [--blocks N] [--models a,b] [--methods a,b]
//   [--quick] [--output FOLDER]
// --quick: two blocks of two methods on the small models, to see that all parts run.
// Writes bench.json and bench.md, with machine and date, by default into docs/measurements. What else the machine does
// disturbs milliseconds more than ratios.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { median } from "../../dist/src/core/averages.js";
import { milliseconds, timestamp } from "../../dist/src/core/clock.js";
import { residentBytes } from "../../dist/src/core/memory.js";
import { openNamedEngine } from "../../dist/src/engine/open.js";
import { initialise } from "../../dist/src/models/initialise.js";
import { everyParameter } from "../../dist/src/models/model.js";
import { METHOD_IDS } from "../../dist/src/optimisers/index.js";
import { machine } from "../../dist/src/records/machine.js";
import { madeUpSplit } from "../../dist/src/runs/plan/made-up.js";
import { BENCH_MODELS } from "../../dist/src/training/bench.js";
import { inBlocks } from "../../dist/src/training/blocks.js";
import { evaluator } from "../../dist/src/training/evaluate.js";
import { chunkSizes, imageBatches, imageChunks } from "../../dist/src/training/images.js";
import { modelProbe } from "../../dist/src/training/step-probe.js";
import { supervised } from "../../dist/src/training/supervised.js";
import { benchMarkdown } from "./bench-markdown.js";

const { values: flags } = parseArgs({
  options: {
    against: { type: "string" },
    python: { type: "string", default: "python3" },
    threads: { type: "string", default: "1" },
    blocks: { type: "string" },
    models: { type: "string" },
    methods: { type: "string" },
    quick: { type: "boolean", default: false },
    output: { type: "string", default: "docs/measurements" },
  },
});
if (flags.against !== undefined && flags.against !== "pytorch") {
  console.error(`--against: given ${flags.against}\n  accepted: pytorch\n  hint: npm run bench -- --against pytorch`);
  process.exit(2);
}
const BATCH = { mlp: 128, lenet: 128, resnet18: 32 };
const EVALUATED = 1000;
const BASIC = ["sgd_momentum", "metamd"];
const usual = flags.quick
  ? { blocks: 2, models: ["mlp", "lenet"], methods: BASIC }
  : { blocks: 10, models: Object.keys(BENCH_MODELS), methods: METHOD_IDS };
const blocks = Number(flags.blocks ?? usual.blocks);
const models = flags.models?.split(",") ?? usual.models;
const methods = flags.methods?.split(",") ?? usual.methods;
/** What the slow engine and the large model are timed with. */
const FEW = methods.filter((method) => BASIC.includes(method));

const engines = {};
const [steps, evaluations] = [[], []];
for (const name of ["tensorflow", "wasm"]) {
  const engine = await openNamedEngine(name, { threads: Number(flags.threads) }).catch(() => undefined);
  if (engine === undefined) continue;
  engines[name] = engine;
  steps.push(...stepsOn(name, engine));
  evaluations.push(...evaluationsOn(name, engine));
}
const torch = flags.against === undefined ? undefined : pytorch();
const fetching = batches();
const contestants = [...steps, ...evaluations, fetching, ...(torch?.contestants ?? [])];
await inBlocks(contestants, blocks, ({ times }, measured) => times.push(...measured));
torch?.close();
const memoryBytes = residentBytes(process.pid);

const folder = mkdtempSync(join(tmpdir(), "metamd-bench-"));
const program = programTimes(folder);
rmSync(folder, { recursive: true, force: true });

const row = ({ engine, model, method, steps, times }) => ({
  engine,
  model,
  method,
  milliseconds: median(times),
  timed: times.length,
  steps,
});
const report = {
  madeAt: timestamp(),
  ...machine(),
  threads: Number(flags.threads),
  versions: Object.assign({}, ...Object.values(engines).map((engine) => engine.details.versions)),
  torch: await torch?.version,
  steps: [...steps, ...(torch?.contestants ?? [])].map(row),
  evaluations: evaluations.map(row),
  batchMilliseconds: median(fetching.times),
  memoryBytes,
  ...program,
};
const output = resolve(flags.output);
mkdirSync(output, { recursive: true });
writeFileSync(join(output, "bench.json"), `${JSON.stringify(report, null, 2)}\n`);
writeFileSync(join(output, "bench.md"), benchMarkdown(report));
console.log(benchMarkdown(report));
console.error(`written: ${join(output, "bench.json")}, ${join(output, "bench.md")}`);

/** What takes part in the blocks; a long step in five of them. */
function contestant(about, steps, run) {
  return { ...about, steps, times: [], run, most: steps === 1 ? Math.min(5, blocks) : blocks };
}

function stepsOn(name, engine) {
  return models.flatMap((model) => {
    const slow = name === "wasm" || model === "resnet18";
    if (name === "wasm" && model === "resnet18") return [];
    return (slow ? FEW : methods).map((method) => {
      const probe = modelProbe(engine, BENCH_MODELS[model](), method, BATCH[model]);
      const run = async (count) => {
        await openNamedEngine(name);
        return probe.run(count);
      };
      probe.run(slow ? 1 : 3);
      return contestant({ engine: name, model, method }, slow || method === "l2o" ? 1 : 10, run);
    });
  });
}

/** Milliseconds of an evaluation of a thousand images. */
function evaluationsOn(name, engine) {
  return models
    .filter((model) => model !== "resnet18")
    .map((model) => {
      const problem = supervised(BENCH_MODELS[model]());
      const split = madeUpSplit({ height: 28, width: 28, channels: 1 }, 10, EVALUATED);
      const compiled = evaluator(engine, problem, chunkSizes(split));
      const values = initialise(everyParameter(problem), 0);
      const run = async () => {
        await openNamedEngine(name);
        const begun = milliseconds();
        compiled.evaluate(values, imageChunks(split, { mean: [0], std: [1] }));
        return [milliseconds() - begun];
      };
      return contestant({ engine: name, model, method: "evaluation" }, 1, run);
    });
}

/** Milliseconds of fetching a batch of 64 images of 28x28. */
function batches() {
  const split = madeUpSplit({ height: 28, width: 28, channels: 1 }, 10, 2000);
  const shuffle = { seed: 0, lastBatch: "drop" };
  const source = imageBatches({ split, normalisation: { mean: [0], std: [1] }, batchSize: 64, shuffle });
  let t = 0;
  const run = (count) =>
    Array.from({ length: count }, () => {
      const begun = milliseconds();
      source.at(++t);
      return milliseconds() - begun;
    });
  run(300);
  return contestant({}, 100, run);
}

/** PyTorch's steps, in a process of its own. */
function pytorch() {
  const script = fileURLToPath(new URL("pytorch_step.py", import.meta.url));
  const python = spawn(flags.python, [script, flags.threads], { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await answers.next();
    if (done) throw new Error(`${flags.python} has no torch that runs; --python names one that has`);
    return JSON.parse(value);
  };
  const version = answer().then(({ torch }) => torch);
  const ask = async (model, count) => {
    await version;
    python.stdin.write(`${model} ${count} ${BATCH[model]}\n`);
    return (await answer()).milliseconds;
  };
  const contestants = models.map((model) => {
    let warm = false;
    const run = async (count) => {
      if (!warm) await ask(model, 3);
      warm = true;
      return ask(model, count);
    };
    return contestant({ engine: "pytorch", model, method: "sgd_momentum" }, model === "resnet18" ? 1 : 10, run);
  });
  return { version, contestants, close: () => python.stdin.end() };
}

/** What the program takes to start, and a run of a sweep besides its steps. */
function programTimes(scratch) {
  const timed = (...args) => {
    const begun = milliseconds();
    const { status, stderr } = spawnSync(process.execPath, ["dist/bin/metamd.js", ...args], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    return milliseconds() - begun;
  };
  const [few, many] = [20, 120];
  let number = 0;
  const sweep = (runs) => {
    const config = join(scratch, `sweep-${runs}.yaml`);
    writeFileSync(config, sweepOf(runs));
    const results = join(scratch, `results-${number++}`);
    return timed("run", "--config", config, "--results", results, "--data", scratch, "--jobs", "1", "--quiet");
  };
  const [help, info, run] = [[], [], []];
  for (let round = 0; round < 3; round++) {
    help.push(timed("--help"));
    info.push(timed("engine", "info"));
    run.push((sweep(many) - sweep(few)) / (many - few));
  }
  return { helpMilliseconds: median(help), engineMilliseconds: median(info), runMilliseconds: median(run) };
}

function sweepOf(runs) {
  const rates = Array.from({ length: runs }, (_unused, i) => (0.1 + i * 1e-6).toFixed(6));
  return `name: sweep
suite:
  domains: [synthetic-rotated/0]
  protocol: { metaTest: [synthetic-rotated/0] }
  limits: { trainImages: 500, validationImages: 100, testImages: 100 }
model: { kind: mlp, hidden: [32, 32] }
training: { batchSize: 64, steps: 1 }
methods: [sgd_momentum]
tuning: { seeds: 1, space: { learningRate: [${rates.join(", ")}], weightDecay: [0.0001] } }
trials: 1
`;
}
