// Step times of the native engine against PyTorch eager, interleaved in blocks in one run.
// Prints medians as a table: milliseconds, and processor milliseconds of all threads, which other programs on the same
// machine disturb less.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { median } from "../../dist/src/core/averages.js";
import { openNamedEngine } from "../../dist/src/engine/open.js";
import { BENCH_MODELS } from "../../dist/src/training/bench.js";
import { modelProbe } from "../../dist/src/training/step-probe.js";
import { commandLine } from "../command-line.js";

const { flags } = commandLine({
  about: "Step times of the native engine against PyTorch eager, interleaved in blocks in one run.",
  options: {
    python: { value: "FILE", default: "python3", about: "a Python that has torch" },
    threads: { value: "N", kind: "count", default: 2, about: "threads of both sides" },
    blocks: { value: "N", kind: "count", default: 40, about: "turns of each side" },
    models: {
      value: "a,b",
      kind: "list",
      default: Object.keys(BENCH_MODELS),
      accepted: Object.keys(BENCH_MODELS),
      about: "which models",
    },
  },
});
/** Examples of a batch, and steps of a block. */
const SIZES = {
  mlp: { batch: 128, steps: 10 },
  lenet: { batch: 128, steps: 10 },
  resnet18: { batch: 32, steps: 1 },
};
const METHODS = ["sgd_momentum", "metamd"];

const engine = await openNamedEngine("tensorflow", { threads: flags.threads });
const python = spawn(
  flags.python,
  [fileURLToPath(new URL("pytorch_step.py", import.meta.url)), String(flags.threads)],
  {
    stdio: ["pipe", "pipe", "inherit"],
  },
);
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
const contestants = flags.models.flatMap((model) => [
  { model, method: "PyTorch sgd_momentum", run: pytorch(model), times: [], processor: [] },
  ...METHODS.map((method) => ({ model, method, run: own(model, method), times: [], processor: [] })),
]);
for (const { run } of contestants) for (let i = 0; i < 3; i++) await run(1);
for (let block = 0; block < flags.blocks; block++) {
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
