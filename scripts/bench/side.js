// A process of bench.js: steps of every method and model, evaluations and batches, on every engine that is here, with so many
// threads, since an engine's count holds for a whole process. Its argument says what of; a line of its input is the number of
// one of these and how often, or "memory". One of its output says first what there is, then how long each took.
import { createInterface } from "node:readline";
import { milliseconds } from "../../dist/src/core/clock.js";
import { residentBytes } from "../../dist/src/core/memory.js";
import { openNamedEngine } from "../../dist/src/engine/open.js";
import { initialise } from "../../dist/src/models/initialise.js";
import { everyParameter } from "../../dist/src/models/model.js";
import { madeUpSplit } from "../../dist/src/runs/plan/made-up.js";
import { BENCH_MODELS } from "../../dist/src/training/bench.js";
import { evaluator } from "../../dist/src/training/evaluate.js";
import { chunkSizes, imageBatches, imageChunks } from "../../dist/src/training/images.js";
import { modelProbe } from "../../dist/src/training/step-probe.js";
import { supervised } from "../../dist/src/training/supervised.js";
import { BATCH, LARGE } from "./sizes.js";

const { threads, engines, models, methods, few } = JSON.parse(process.argv[2]);
const EVALUATED = 1000;
const DIGITS = { height: 28, width: 28, channels: 1 };

const timed = [];
const versions = {};
for (const name of engines) {
  const engine = await openNamedEngine(name, { threads }).catch(() => undefined);
  if (engine === undefined) continue;
  Object.assign(versions, engine.details.versions);
  timed.push(...stepsOn(name, engine), ...evaluationsOn(name, engine));
}
timed.push(batches());
answer({ versions, timed: timed.map(({ about, steps }) => ({ ...about, steps, threads })) });
for await (const line of createInterface({ input: process.stdin })) {
  const [number, steps] = line.split(" ").map(Number);
  answer(line === "memory" ? residentBytes(process.pid) : await timed[number].run(steps));
}

function answer(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

function stepsOn(name, engine) {
  return models.flatMap((model) => {
    const slow = name === "wasm" || model === LARGE;
    if (name === "wasm" && model === LARGE) return [];
    return (slow ? few : methods).map((method) => {
      const probe = modelProbe(engine, BENCH_MODELS[model](), method, BATCH[model]);
      const run = async (count) => {
        await openNamedEngine(name);
        return probe.run(count);
      };
      probe.run(slow ? 1 : 3);
      return { about: { what: "step", engine: name, model, method }, steps: slow || method === "l2o" ? 1 : 10, run };
    });
  });
}

/** Milliseconds of an evaluation of a thousand images. */
function evaluationsOn(name, engine) {
  const small = models.filter((model) => model !== LARGE);
  return small.map((model) => {
    const problem = supervised(BENCH_MODELS[model]());
    const split = madeUpSplit(DIGITS, 10, EVALUATED);
    const compiled = evaluator(engine, problem, chunkSizes(split));
    const values = initialise(everyParameter(problem), 0);
    const run = async () => {
      await openNamedEngine(name);
      const begun = milliseconds();
      compiled.evaluate(values, imageChunks(split, { mean: [0], std: [1] }));
      return [milliseconds() - begun];
    };
    return { about: { what: "evaluation", engine: name, model }, steps: 1, run };
  });
}

/** Milliseconds of fetching a batch of 64 images of 28x28. */
function batches() {
  const split = madeUpSplit(DIGITS, 10, 2000);
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
  return { about: { what: "batch" }, steps: 100, run };
}
