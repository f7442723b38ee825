// Step times of the native engine against PyTorch eager, interleaved in blocks in one run.
// Usage: npm run build && node scripts/bench/step-times.js [--python FILE] [--threads N] [--blocks N] [--models a,b]
// Prints medians as a table: milliseconds, and processor milliseconds of all threads, which other programs on the same
// machine disturb less. --python names a Python that has torch.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { median } from "../../dist/src/core/averages.js";
import { openNamedEngine } from "../../dist/src/engine/open.js";
import { BENCH_MODELS } from "../../dist/src/training/bench.js";
import { modelProbe } from "../../dist/src/training/step-probe.js";

const { values: flags } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    threads: { type: "string", default: "2" },
    blocks: { type: "string", default: "40" },
    models: { type: "string", default: Object.keys(BENCH_MODELS).join(",") },
  },
});
/** Examples of a batch, and steps of a block. */
const SIZES = {
  mlp: { batch: 128, steps: 10 },
  lenet: { batch: 128, steps: 10 },
  resnet18: { batch: 32, steps: 1 },
};
const METHODS = ["sgd_momentum", "metamd"];

const engine = await openNamedEngine("tensorflow", { threads: Number(flags.threads) });
const python = spawn(flags.python, [fileURLToPath(new URL("pytorch_step.py", import.meta.url)), flags.threads], {
  stdio: ["pipe", "pipe", "inherit"],
});
const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
const answer = async () => JSON.parse((await answers.next()).value);
const { torch } = await answer();

const pytorch = (model) => async (steps) => {
  python.stdin.write(`${model} ${steps}\n`);
  return answer();
};
const own = (model, method) => {
  const probe = modelProbe(engine, BENCH_MODELS[model](), method, SIZES[model].batch);
  return async (steps) => {
    const begun = process.cpuUsage();
    const milliseconds = probe.run(steps);
    const { user, system } = process.cpuUsage(begun);
    return { milliseconds, processor: (user + system) / 1e3 };
  };
};
const contestants = flags.models
  .split(",")
  .flatMap((model) => [
    { model, method: "PyTorch sgd_momentum", run: pytorch(model), times: [], processor: [] },
    ...METHODS.map((method) => ({ model, method, run: own(model, method), times: [], processor: [] })),
  ]);
for (const { run } of contestants) for (let i = 0; i < 3; i++) await run(1);
for (let block = 0; block < Number(flags.blocks); block++) {
  for (const { model, run, times, processor } of contestants) {
    const { steps } = SIZES[model];
    const measured = await run(steps);
    times.push(...measured.milliseconds);
    processor.push(measured.processor / steps);
  }
}
python.stdin.end();

const { tensorflow } = engine.details.versions;
console.log(`tensorflow ${tensorflow}, torch ${torch}, ${flags.threads} thread(s); medians and ratios of medians\n`);
console.log("| step | ms | to PyTorch | to SGD-M | processor ms | to PyTorch |");
console.log("| --- | ---: | ---: | ---: | ---: | ---: |");
for (const { model, method, times, processor } of contestants) {
  const of = (wanted) => contestants.find((one) => one.model === model && one.method === wanted);
  const other = of("PyTorch sgd_momentum");
  const cells = [
    `${model}, batch ${SIZES[model].batch}, ${method}`,
    median(times).toFixed(2),
    (median(times) / median(other.times)).toFixed(3),
    (median(times) / median(of("sgd_momentum").times)).toFixed(3),
    median(processor).toFixed(2),
    (median(processor) / median(other.processor)).toFixed(3),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
