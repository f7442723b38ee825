// Step times of the native engine against PyTorch eager, interleaved in blocks in one run.
// Usage: npm run build && node scripts/bench/step-times.js [--python FILE] [--threads N] [--blocks N]
// Prints medians and ratios of medians as a table; --python names a Python that has torch.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openNamedEngine } from "../../dist/src/engine/open.js";
import { median, stepProbe } from "../../dist/src/training/bench.js";

const { values: flags } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    threads: { type: "string", default: "2" },
    blocks: { type: "string", default: "40" },
  },
});
const BATCH = 128;
const BLOCK = 10;
const MLP = { kind: "mlp", hidden: [256, 256] };
const LENET = { kind: "lenet" };

const engine = await openNamedEngine("tensorflow", { threads: Number(flags.threads) });
const python = spawn(flags.python, [fileURLToPath(new URL("pytorch_step.py", import.meta.url)), flags.threads], {
  stdio: ["pipe", "pipe", "inherit"],
});
const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
const torch = JSON.parse((await answers.next()).value).torch;
const pytorch = async (model) => {
  python.stdin.write(`${model} ${BLOCK}\n`);
  return JSON.parse((await answers.next()).value);
};

const probe = (model, method) => {
  const held = stepProbe(engine, model, method, BATCH);
  return async () => held.run(BLOCK);
};
const contestants = {
  "mlp sgd_momentum": probe(MLP, "sgd_momentum"),
  "mlp sgd_momentum pytorch": () => pytorch("mlp"),
  "mlp metamd": probe(MLP, "metamd"),
  "lenet sgd_momentum": probe(LENET, "sgd_momentum"),
  "lenet sgd_momentum pytorch": () => pytorch("lenet"),
};
const times = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
for (const run of Object.values(contestants)) for (let i = 0; i < 3; i++) await run();
for (let block = 0; block < Number(flags.blocks); block++) {
  for (const [name, run] of Object.entries(contestants)) times[name].push(...(await run()));
}
python.stdin.end();

const medians = Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
console.log(
  `tensorflow ${engine.details.versions.tensorflow}, torch ${torch}, ${flags.threads} threads, batch ${BATCH}`,
);
for (const [name, value] of Object.entries(medians)) console.log(`${name.padEnd(28)} ${value.toFixed(3)} ms`);
const ratio = (a, b) => console.log(`${`${a} / ${b}`.padEnd(52)} ${(medians[a] / medians[b]).toFixed(3)}`);
ratio("mlp sgd_momentum", "mlp sgd_momentum pytorch");
ratio("lenet sgd_momentum", "lenet sgd_momentum pytorch");
ratio("mlp metamd", "mlp sgd_momentum");
