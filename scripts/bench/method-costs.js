// What a step of every method costs relative to SGD with momentum, on the native engine, interleaved in blocks in one run.
// Prints a Markdown table of medians in milliseconds and ratios of medians.
import { median } from "../../dist/src/core/averages.js";
import { openNamedEngine } from "../../dist/src/engine/open.js";
import { METHOD_IDS } from "../../dist/src/optimisers/index.js";
import { stepProbe } from "../../dist/src/training/bench.js";
import { inBlocks } from "../../dist/src/training/blocks.js";
import { commandLine } from "../command-line.js";

const { flags } = commandLine({
  about:
    "What a step of every method costs relative to SGD with momentum, on the native engine, interleaved in blocks.",
  options: {
    threads: { value: "N", kind: "count", default: 1, about: "threads of the engine" },
    blocks: { value: "N", kind: "count", default: 20, about: "turns of each method" },
    steps: { value: "N", kind: "count", default: 10, about: "steps of a turn" },
    methods: { value: "a,b", kind: "list", default: METHOD_IDS, accepted: METHOD_IDS, about: "which methods" },
  },
});
const BASELINE = "sgd_momentum";
const BATCH = 128;
const MODELS = {
  "MLP 784-256-256-10": { kind: "mlp", hidden: [256, 256] },
  LeNet: { kind: "lenet" },
};

const engine = await openNamedEngine("tensorflow", { threads: flags.threads });
const methods = [BASELINE, ...flags.methods.filter((id) => id !== BASELINE)];
const cells = methods.flatMap((method) =>
  Object.entries(MODELS).map(([model, settings]) => {
    const { run } = stepProbe(engine, settings, method, BATCH);
    run(3);
    return { method, model, run, steps: flags.steps, times: [] };
  }),
);
await inBlocks(cells, flags.blocks, ({ times }, measured) => times.push(...measured));

const { tensorflow } = engine.details.versions;
console.log(`tensorflow ${tensorflow}, ${flags.threads} thread(s), batch ${BATCH}; milliseconds, and ratio to SGD-M\n`);
console.log(`| method | ${Object.keys(MODELS).join(" | ratio | ")} | ratio |`);
console.log(
  `| --- | ${Object.keys(MODELS)
    .map(() => "---: | ---:")
    .join(" | ")} |`,
);
const of = (method, model) => median(cells.find((cell) => cell.method === method && cell.model === model).times);
for (const method of methods) {
  const numbers = Object.keys(MODELS).map((model) => {
    const milliseconds = of(method, model);
    return `${milliseconds.toFixed(2)} | ${(milliseconds / of(BASELINE, model)).toFixed(3)}`;
  });
  console.log(`| \`${method}\` | ${numbers.join(" | ")} |`);
}
