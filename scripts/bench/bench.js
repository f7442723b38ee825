// All speeds in one run, interleaved: steps of every method on every model and engine that is here, evaluation, batches,
// memory, the start of the program, and what a run of a sweep costs besides its steps.
// What the page has below its table (before and after) is kept. What else the machine does disturbs milliseconds more than ratios.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { median } from "../../dist/src/core/averages.js";
import { milliseconds, timestamp } from "../../dist/src/core/clock.js";
import { EXIT, UserError } from "../../dist/src/core/errors.js";
import { writeAtomic } from "../../dist/src/core/files.js";
import { instructionSet } from "../../dist/src/core/processor.js";
import { METHOD_IDS } from "../../dist/src/optimisers/index.js";
import { counted } from "../../dist/src/core/wording.js";
import { machine } from "../../dist/src/records/machine.js";
import { openRunStore } from "../../dist/src/records/store.js";
import { BENCH_MODELS } from "../../dist/src/training/bench.js";
import { inBlocks } from "../../dist/src/training/blocks.js";
import { commandLine, failing, outputFolder, runMetamd, saving, scratchFolder } from "../command-line.js";
import { asked } from "./asked.js";
import { benchMarkdown, END } from "./bench-markdown.js";
import { BATCH, LARGE, RUN_IMAGES, WARMING } from "./sizes.js";

const MODELS = Object.keys(BENCH_MODELS);
const ENGINES = ["tensorflow", "wasm"];
/** Milliseconds of turns after which a step was timed for long enough. */
const ENOUGH = 10_000;
/** Milliseconds between two words on what is timed. */
const QUIET = 10_000;
const { flags } = commandLine({
  about:
    "All speeds in one run, interleaved: steps of every method, model and engine, evaluation, batches, memory, the start of\n" +
    "the program, what a run costs besides its steps. Writes bench.json and bench.md, with machine and date.",
  options: {
    against: { value: "pytorch", accepted: ["pytorch"], about: "PyTorch's steps beside ours" },
    python: { value: "FILE", default: "python3", about: "a Python that has torch" },
    threads: {
      value: "1,2",
      kind: "counts",
      default: [1],
      about: "threads of every side; several: one beside the other",
    },
    blocks: {
      value: "N",
      kind: "count",
      about: "turns of each step; long ones take fewer (default: 40, with --quick 2)",
    },
    engines: {
      value: "a,b",
      kind: "list",
      accepted: ENGINES,
      default: ENGINES,
      about: "which engines, if they are here",
    },
    models: {
      value: "a,b",
      kind: "list",
      accepted: MODELS,
      about: "which models (default: all, with --quick the small ones)",
    },
    methods: {
      value: "a,b",
      kind: "list",
      accepted: METHOD_IDS,
      about: "which methods (default: all, with --quick two)",
    },
    quick: { about: "a short run, to see that all parts work: its numbers are no measurement" },
    output: {
      value: "FOLDER",
      about: "where these are written (default: docs/measurements; of a quick or partial bench nowhere)",
    },
  },
});
const usual = flags.quick
  ? { blocks: 2, models: MODELS.filter((model) => model !== LARGE), methods: ["sgd_momentum", "metamd"] }
  : { blocks: 40, models: MODELS, methods: METHOD_IDS };
const blocks = flags.blocks ?? usual.blocks;
const models = flags.models ?? usual.models;
const methods = flags.methods ?? usual.methods;
const { threads } = flags;
const say = (text) => console.error(text);
const isPartial =
  models.length < MODELS.length ||
  methods.length < METHOD_IDS.length ||
  flags.engines.length < ENGINES.length ||
  !threads.includes(1);
if (isPartial && !flags.quick && flags.output === undefined)
  say("a part of the bench alone is timed: without --output nothing is written");
const folder = flags.output ?? (isPartial || flags.quick ? undefined : "docs/measurements");
const output = folder === undefined ? undefined : outputFolder(folder);

let saidAt = -QUIET;

const isLarge = (model) => model === LARGE;
const small = models.filter((model) => !isLarge(model));
say(`${flags.engines.join(", ")}: opened, and what is timed made ready`);
const sides = threads.map((count, i) =>
  side({ threads: count, engines: enginesOf(i), models: small, methods, isEvaluated: true }),
);
const torches = flags.against === undefined ? [] : threads.map(pytorchSide);
const opened = await Promise.all(sides.map(({ first }) => first()));
for (const { why } of opened) if (why !== undefined) throw new Error(why);
const [{ engines: here, leftOut }] = opened;
if (here.length === 0) failing(new UserError(EXIT.engine, leftOut));
for (const { where, given, hint } of leftOut) say(`without ${where}: ${given}${hint ? `; ${hint}` : ""}`);
const torch = (await Promise.all(torches.map(({ first }) => first())).catch(failing))[0]?.torch;
const contestants = [
  ...sides.flatMap(({ ask }, i) =>
    opened[i].timed.map((about, number) => contestant(about, (count) => ask(`${number} ${count}`))),
  ),
  ...models
    .filter(isLarge)
    .flatMap((model) => threads.flatMap((count, i) => largeContestants(model, count, opened[i].engines))),
  ...torches.flatMap(pytorchContestants),
].sort((a, b) => placeOf(a) - placeOf(b));
await inBlocks(contestants, blocks, ({ times }, measured) => times.push(...measured));
const memoryBytes = Math.max(...(await Promise.all(sides.map(({ ask }) => ask("memory")))));
for (const { close } of [...sides, ...torches]) close();

const program = await programTimes(scratchFolder("bench"));

const rows = contestants.map(({ about, times, processor }) => ({
  ...about,
  timed: times.length,
  ...(times.length > 0 && { milliseconds: median(times) }),
  ...(processor.length > 0 && { processorMilliseconds: median(processor) }),
}));
const report = {
  madeAt: timestamp(),
  ...(flags.quick && { quick: true }),
  ...machine(),
  instructions: instructionSet(),
  threads,
  versions: opened[0].versions,
  ...(torch !== undefined && { torch }),
  rows,
  memoryBytes,
  ...program,
};
const made = benchMarkdown(report);
if (output !== undefined) await write(output);
console.log(made);

/** Writes the page and its numbers. What the page had after its own end stays. */
async function write(folder) {
  const [numbers, page] = ["bench.json", "bench.md"].map((name) => join(folder, name));
  const kept = existsSync(page) ? (readFileSync(page, "utf8").split(END)[1] ?? "\n") : "\n";
  const json = await format(JSON.stringify(report), { parser: "json", printWidth: 120 });
  const whole = await format(`${made}${END}${kept}`, { parser: "markdown", printWidth: 120 });
  saving(folder, () => {
    writeFileSync(numbers, json);
    writeFileSync(page, whole);
  });
  say(`written: ${numbers}, ${page}`);
}

/** What takes part in the blocks, until its turns have taken long enough. @param ask for the times of so many steps, or
 *  why there are none. */
function contestant(about, ask) {
  const [times, processor] = [[], []];
  let [spent, turn] = [0, 0];
  const run = async (count) => {
    const begun = milliseconds();
    turn++;
    if (begun - saidAt >= QUIET) {
      say(`${inWords(about)}: turn ${turn} of ${blocks}`);
      saidAt = begun;
    }
    const { milliseconds: found = [], processor: ofAll, ...more } = await ask(count);
    spent += milliseconds() - begun;
    if (ofAll !== undefined) processor.push(ofAll / count);
    Object.assign(about, more);
    return found;
  };
  return {
    about,
    steps: about.steps,
    times,
    processor,
    run,
    get most() {
      return about.why === undefined && spent < ENOUGH ? blocks : 0;
    },
  };
}

/** "steps of mlp on wasm with 1 thread". */
function inWords({ what, model, engine, threads }) {
  if (engine === undefined) return "batches";
  return `${what}s of ${model} on ${engine} with ${counted(threads, "thread")}`;
}

/** By engine, then as they are. */
function placeOf({ about: { engine } }) {
  const places = [...ENGINES, "pytorch", undefined];
  return places.indexOf(engine);
}

/** Wasm computes on one thread, whatever is asked for. */
function enginesOf(i) {
  return flags.engines.filter((name) => name !== "wasm" || i === 0);
}

function side(asks) {
  const script = fileURLToPath(new URL("side.js", import.meta.url));
  return asked(process.execPath, [script, JSON.stringify(asks)], new Error("its process ended early"));
}

/** Steps of a large model, each turn in a process of its own: not all fit into memory at once, and some not at all. */
function largeContestants(model, count, engines) {
  return engines.flatMap((engine) =>
    methods.map((method) => {
      const about = { what: "step", engine, model, method, threads: count, steps: engine === "wasm" ? 1 : 2 };
      return contestant(about, async (steps) => {
        const { first, ask, close } = side({ threads: count, engines: [engine], models: [model], methods: [method] });
        try {
          const { timed, why } = await first();
          if (why !== undefined) return { why };
          const { isScaled } = timed[0];
          return { isScaled, ...(await ask(`0 ${steps}`)) };
        } catch ({ message }) {
          return { why: message };
        } finally {
          close();
        }
      });
    }),
  );
}

function pytorchSide(count) {
  const script = fileURLToPath(new URL("pytorch_step.py", import.meta.url));
  const given = `${flags.python}, which has no torch that runs`;
  const failure = new UserError(EXIT.usage, { where: "--python", given, accepted: "a Python that has torch" });
  return asked(flags.python, [script, String(count)], failure);
}

function pytorchContestants({ ask }, i) {
  return models.map((model) => {
    let warm = false;
    const of = (count, warming = 0) => ask(`${model} ${count} ${BATCH[model]} ${warming}`);
    const run = async (count) => {
      if (isLarge(model) && !warm) await of(3);
      warm = true;
      return of(count, isLarge(model) ? 0 : WARMING);
    };
    const about = { what: "step", engine: "pytorch", model, method: "sgd_momentum", threads: threads[i] };
    return contestant({ ...about, steps: isLarge(model) ? 2 : 10 }, run);
  });
}

/** What the program takes to start, and what a short run of a sweep consists of. */
async function programTimes(scratch) {
  const timed = async (...args) => {
    const begun = milliseconds();
    await runMetamd(...args);
    return milliseconds() - begun;
  };
  const [few, many] = flags.quick ? [5, 15] : [20, 320];
  const runs = [];
  const [help, info] = [[], []];
  const rounds = flags.quick ? 1 : 5;
  for (let round = 1; round <= rounds; round++) {
    say(`the program, its start and sweeps of ${few} and ${many} runs: turn ${round} of ${rounds}`);
    help.push(await timed("--help"));
    info.push(await timed("engine", "info"));
    runs.push(await shortRun(scratch, timed, few, many));
  }
  const medians = Object.keys(runs[0]).map((part) => [part, median(runs.map((run) => run[part]))]);
  return {
    helpMilliseconds: median(help),
    engineMilliseconds: median(info),
    runMilliseconds: Object.fromEntries(medians),
  };
}

/** What a run takes that many have more than few: its step and its evaluation, as its record has them, and the rest; and of
 *  that the disk, by copies of its files. */
async function shortRun(scratch, timed, few, many) {
  const results = join(scratch, "results");
  const sweep = (runs) => {
    const config = join(scratch, "sweep.yaml");
    writeFileSync(config, sweepOf(runs));
    rmSync(results, { recursive: true, force: true });
    const where = ["--config", config, "--results", results, "--data", scratch];
    return timed("run", ...where, "--jobs", "1", "--threads", "1", "--quiet");
  };
  // The records of the last one are read.
  const ofFew = await sweep(few);
  const whole = ((await sweep(many)) - ofFew) / (many - few);
  const store = openRunStore(results, "sweep");
  const records = store.list().map((id) => store.read(id));
  const tuned = records.filter(({ cell }) => cell.phase === "tune");
  const more = tuned.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1)).slice(few);
  const mean = (valueOf) => more.reduce((sum, record) => sum + valueOf(record), 0) / more.length;
  const step = mean(({ timings }) => timings.dataMilliseconds + timings.stepMilliseconds);
  const evaluation = mean(({ timings }) => timings.evaluationMilliseconds);
  const disk = mean(({ id }) => copying(store.runFolder(id), join(scratch, "copies", id)));
  rmSync(join(scratch, "copies"), { recursive: true });
  return { whole, step, evaluation, besides: whole - step - evaluation, disk };
}

/** Milliseconds that a copy of a folder takes, written as a run writes its own. */
function copying(from, to) {
  const files = readdirSync(from).map((name) => [join(to, name), readFileSync(join(from, name))]);
  const begun = milliseconds();
  for (const [path, bytes] of files) writeAtomic(path, bytes);
  return milliseconds() - begun;
}

function sweepOf(runs) {
  const rates = Array.from({ length: runs }, (_unused, i) => (0.1 + i * 1e-6).toFixed(6));
  return `name: sweep
suite:
  domains: [synthetic-rotated/0]
  protocol: { metaTest: [synthetic-rotated/0] }
  limits: { trainImages: 2000, validationImages: ${RUN_IMAGES}, testImages: 100 }
model: { kind: mlp, hidden: [256, 256] }
training: { batchSize: ${BATCH.mlp}, steps: 1 }
methods: [sgd_momentum]
tuning: { seeds: 1, space: { learningRate: [${rates.join(", ")}], weightDecay: [0.0001] } }
trials: 1
`;
}
