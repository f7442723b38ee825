// A process of bench.js: steps of every method and model, evaluations and batches, on every engine that is here, with so many
// threads, since an engine's count holds for a whole process. Its argument says what of; a line of its input is the number of
// one of these and how often, or "memory". One of its output says first what there is, then the milliseconds of each, and the
// processor milliseconds of all; or why it ends.
import { createInterface } from "node:readline";
import { milliseconds } from "../../dist/src/core/clock.js";
import { residentBytes } from "../../dist/src/core/memory.js";
import { openNamedEngine } from "../../dist/src/engine/open.js";
import { initialise } from "../../dist/src/models/initialise.js";
import { everyParameter } from "../../dist/src/models/model.js";
import { madeUpSplit } from "../../dist/src/runs/plan/made-up.js";
import { meanStep } from "../../dist/src/runs/plan/mean-step.js";
import { scaledProbe } from "../../dist/src/runs/plan/scaled-probe.js";
import { BENCH_MODELS } from "../../dist/src/training/bench.js";
import { evaluator } from "../../dist/src/training/evaluate.js";
import { chunkSizes, imageBatches, imageChunks, placedBatches } from "../../dist/src/training/images.js";
import { supervised } from "../../dist/src/training/supervised.js";
import { BATCH, LARGE, WARMING } from "./sizes.js";

const { threads, engines, models, methods, isEvaluated } = JSON.parse(process.argv[2]);
const EVALUATED = 1000;
/** Steps over which the mean is taken where they differ, as K-FAC's do. */
const AVERAGED = 100;
/** Milliseconds of each kind of such steps. */
const ENOUGH = 20;
const DIGITS = { height: 28, width: 28, channels: 1 };
const normalisationOf = (channels) => ({ mean: new Array(channels).fill(0), std: new Array(channels).fill(1) });

// The process that asked is gone, and nobody wants an answer.
process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

try {
  await main();
} catch ({ message }) {
  // A model that does not fit into memory, say.
  answer({ why: message.split("\n")[0] });
}

async function main() {
  const [timed, opened, leftOut, versions] = [[], [], [], {}];
  for (const name of engines) {
    const engine = await openNamedEngine(name, { threads }).catch((error) => {
      leftOut.push(...(error.faults ?? [{ where: `engine ${name}`, given: error.message }]));
    });
    if (engine === undefined) continue;
    opened.push(name);
    Object.assign(versions, engine.details.versions);
    for (const model of models) {
      timed.push(...methods.map((method) => steps(name, engine, model, method)));
      if (isEvaluated) timed.push(evaluation(name, engine, model));
    }
  }
  if (isEvaluated) timed.push(batches("batch", imageBatches), batches("places", placedBatches));
  answer({
    versions,
    engines: opened,
    leftOut,
    timed: timed.map(({ about, steps }) => ({ ...about, steps, threads })),
  });
  for await (const line of createInterface({ input: process.stdin })) {
    const [number, count] = line.split(" ").map(Number);
    answer(line === "memory" ? residentBytes(process.pid) : await timesOf(timed[number], count));
  }
}

function answer(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

async function timesOf({ about, run }, count) {
  // The engine that a process opened last is the one that computes.
  if (about.engine !== undefined) await openNamedEngine(about.engine);
  return run(count);
}

/** Steps of one method. */
function steps(name, engine, model, method) {
  const probe = scaledProbe(engine, BENCH_MODELS[model](), method, BATCH[model], undefined);
  const isLong = name === "wasm" || model === LARGE;
  if (isLong) probe.run(1);
  return {
    about: { what: "step", engine: name, model, method, ...(probe.compilingMore > 0 && { isScaled: true }) },
    steps: isLong || method === "l2o" ? 1 : 10,
    run(count) {
      const begun = milliseconds();
      while (!isLong && milliseconds() - begun < WARMING) probe.run(1);
      return times(probe, count);
    },
  };
}

/** Times of steps, or where these differ the mean of many by their kinds. */
function times(probe, count) {
  const kinds = new Set(Array.from({ length: AVERAGED }, (_unused, i) => probe.kindAt(i + 1)));
  if (kinds.size > 1) return { milliseconds: [meanStep(probe, AVERAGED, ENOUGH).mean], isAveraged: true };
  const begun = process.cpuUsage();
  const milliseconds = probe.run(count);
  const { user, system } = process.cpuUsage(begun);
  return { milliseconds, processor: (user + system) / 1e3 };
}

/** Milliseconds of an evaluation of a thousand images. */
function evaluation(name, engine, model) {
  const problem = supervised(BENCH_MODELS[model]());
  const [height, width, channels] = BENCH_MODELS[model]().input;
  const split = madeUpSplit({ height, width, channels }, 10, EVALUATED);
  const compiled = evaluator(engine, problem, chunkSizes(split));
  const values = { ...initialise(everyParameter(problem), 0), ...initialise(problem.statistics ?? {}, 0) };
  const run = () => {
    const begun = milliseconds();
    compiled.evaluate(values, imageChunks(split, normalisationOf(channels)));
    return { milliseconds: [milliseconds() - begun] };
  };
  if (model !== LARGE) run();
  return { about: { what: "evaluation", engine: name, model }, steps: 1, run };
}

/** Milliseconds of fetching a batch of 64 images of 28x28. @param open how: made on demand, or the places of images that a
 *  program holds, which most runs of an epoch or more are given. */
function batches(what, open) {
  const split = madeUpSplit(DIGITS, 10, 2000);
  const shuffle = { seed: 0, lastBatch: "drop" };
  const source = open({ split, normalisation: normalisationOf(1), batchSize: 64, shuffle });
  let t = 0;
  const run = (count) => {
    const times = Array.from({ length: count }, () => {
      const begun = milliseconds();
      source.at(++t);
      return milliseconds() - begun;
    });
    return { milliseconds: times };
  };
  run(300);
  return { about: { what }, steps: 100, run };
}
