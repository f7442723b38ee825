// How many small runs a minute metamd finishes with one worker and with two, and how long a plan of 10,000 runs takes to
// make, write and read.
// Runs of one worker and of two are interleaved; medians and their ratio are printed.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { loadConfig } from "../../dist/src/config/load.js";
import { makePlan } from "../../dist/src/runs/plan/make-plan.js";
import { openRunStore } from "../../dist/src/records/store.js";
import { commandLine, runMetamd, scratchFolder } from "../command-line.js";

const { flags } = commandLine({
  about:
    "How many small runs a minute metamd finishes with one worker and with two, and how long a plan of 10,000 runs takes to\nmake, write and read.",
  options: {
    engine: { value: "NAME", default: "tensorflow", about: "the engine" },
    blocks: { value: "N", kind: "count", default: 3, about: "turns of one worker and of two" },
  },
});
const folder = scratchFolder("cells");

/** An experiment of so many tuning runs of an MLP 784-256-256-10, and one trial. */
function config(name, runs) {
  const rates = Array.from({ length: runs }, (_unused, i) => (0.1 + i * 1e-6).toFixed(6));
  const path = join(folder, `${name}.yaml`);
  writeFileSync(
    path,
    `name: ${name}
suite:
  domains: [synthetic-rotated/0]
  protocol: { metaTest: [synthetic-rotated/0] }
  limits: { trainImages: 2000, validationImages: 500, testImages: 500 }
model: { kind: mlp, hidden: [256, 256] }
training: { batchSize: 128, steps: 400 }
methods: [sgd_momentum]
tuning: { space: { learningRate: [${rates.join(", ")}], weightDecay: [0.0001] } }
trials: 1
`,
  );
  return path;
}

let number = 0;
/** Seconds of a whole run of the program. */
async function seconds(path, jobs) {
  const results = join(folder, `results-${number++}`);
  const how = ["--quiet", "--engine", flags.engine, "--jobs", jobs, "--threads", "1"];
  const begun = performance.now();
  await runMetamd("run", "--config", path, "--results", results, ...how);
  return (performance.now() - begun) / 1000;
}
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const [few, many] = [40, 120];
const [short, long] = [config("few", few), config("many", many)];
const rates = { 1: [], 2: [] };
for (let block = 0; block < flags.blocks; block++) {
  // The difference of two sizes leaves the start of the program out.
  for (const jobs of ["1", "2"])
    rates[jobs].push((60 * (many - few)) / ((await seconds(long, jobs)) - (await seconds(short, jobs))));
}
for (const jobs of ["1", "2"])
  console.log(`${jobs} worker: ${median(rates[jobs]).toFixed(0)} runs of 400 steps a minute`);
console.log(`ratio of medians: ${(median(rates["2"]) / median(rates["1"])).toFixed(2)}`);

const time = (what, act) => {
  const begun = performance.now();
  const result = act();
  console.log(`${what}: ${((performance.now() - begun) / 1000).toFixed(2)} s`);
  return result;
};
const large = loadConfig({ config: config("large", 9999) });
const plan = time("plan of 10,000 runs", () => makePlan(large, folder));
const store = openRunStore(folder, "large");
time("writing it", () => store.writePlan(plan));
time("reading it", () => store.plan());
