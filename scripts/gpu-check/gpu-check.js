// Checks the native engine on this machine's GPU and times it, without a network. From a bundle (metamd engine bundle --gpu
// --with-node): sh BUNDLE/gpu-check.sh FOLDER.
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { timestamp } from "../../dist/src/core/clock.js";
import { EXIT, UserError } from "../../dist/src/core/errors.js";
import { packageRoot } from "../../dist/src/core/files.js";
import { findAddon } from "../../dist/src/engine/backends/tensorflow/location.js";
import { findGpus, ownCard } from "../../dist/src/engine/gpus.js";
import { processorShare } from "../../dist/src/engine/share.js";
import { whyNoGpu } from "../../dist/src/engine/backends/tensorflow/why-no-gpu.js";
import { machine } from "../../dist/src/records/machine.js";
import { markdownOf } from "./markdown.js";
import { commandLine, failing, outputFolder, saving } from "../command-line.js";

const { flags } = commandLine({
  about:
    "Checks the native engine on this machine's GPU and times it, without a network. Writes gpu-check.json and gpu-check.md.",
  options: {
    output: { value: "FOLDER", default: "gpu-check", about: "where these are written" },
    python: { value: "FILE", default: "python3", about: "a Python whose torch is timed beside it, where there is one" },
    blocks: { value: "N", kind: "count", default: 10, about: "turns of each step" },
    cpu: { about: "all parts on the processor, with small batches: a dry run, whose times say nothing" },
  },
});
/** Largest relative difference of losses after twenty steps. */
const TOLERANCE = 1e-4;

const gpus = findGpus();
const addon = findAddon();
/** The GPU that is checked, as CUDA_VISIBLE_DEVICES names it: the first that is visible, or part of one. */
const checked = flags.cpu ? undefined : firstGpu();
if ("missing" in addon)
  failing(new UserError(EXIT.engine, { where: "engine tensorflow", given: addon.missing, hint: addon.hint }));
const folder = outputFolder(flags.output);

class Broken extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}
/** Parts that did not come to their end. */
const broken = [];
const say = (text) => console.error(text);
const own = (name) => fileURLToPath(new URL(name, import.meta.url));
/** What a process sees that is to compute there. */
const seeing = (device) => ({ ...process.env, ...(device === "cpu" && { CUDA_VISIBLE_DEVICES: "-1" }) });
/** A part in a process of its own, on the GPU or with none to be seen. */
function part(name, device, options = {}) {
  const ended = spawnSync(process.execPath, [own("part.js"), name, JSON.stringify(options)], {
    encoding: "utf8",
    env: seeing(device),
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 2 ** 28,
  });
  goOnAfter(ended, `${name} on the ${device}`);
  return JSON.parse(ended.stdout);
}

/** The rules. Without them, as where the engine does not open, there is nothing to be found. */
function firstPart() {
  try {
    return part("rules", device);
  } catch ({ status }) {
    process.exit(status === EXIT.engine ? EXIT.engine : EXIT.runFailed);
  }
}

/** Ends the check where there is none. */
function firstGpu() {
  try {
    return processorShare("tensorflow", { runsPerGpu: 1 }).gpus[0];
  } catch {
    const { reason, hint } = whyNoGpu(gpus, addon);
    console.error(`no GPU: ${reason}\n  hint: ${hint}; --cpu goes through all parts on the processor`);
    process.exit(EXIT.engine);
  }
}

/** @throws Broken where a process of the check did not end well. */
function goOnAfter({ status, signal }, what) {
  if (status === 0) return;
  const said = `${what}: the process ended with ${signal ?? `code ${status}`}`;
  console.error(`${said}; what it said is above`);
  throw new Broken(said, status);
}

/** What a part finds, or nothing where its process breaks: the others are worth having. */
function found(make, nothing) {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    broken.push(error.message);
    return nothing;
  }
}

const device = flags.cpu ? "cpu" : "gpu";
const size = { share: flags.cpu ? 1 / 16 : 1, blocks: flags.cpu ? 1 : flags.blocks };

say("rules: every method on the MLP");
const rules = firstPart();
if (!flags.cpu && !rules.engine.gpu) {
  const { reason, hint } = whyNoGpu(gpus, addon);
  console.error(`no GPU: ${reason}\n  hint: ${hint}`);
  process.exit(EXIT.engine);
}
say(
  `losses: twenty steps of every method, ${flags.cpu ? "twice on the processor" : "on the GPU and on the processor"}`,
);
const losses = found(() => compared(part("losses", device), part("losses", "cpu")), []);
say("step times");
const times = found(() => part("times", device, size), { rows: [] });
say(`batches that are sent, and images ${flags.cpu ? "that the program holds" : "on the device"}`);
const batches = found(() => part("batches", device, size).rows, []);
const torch = pytorch();
if (!flags.cpu) say("runs that do the most together on a GPU");
const sharing = flags.cpu ? [] : found(() => part("sharing", device).rows, []);
say("sweeps of small runs");
const sweeps = (flags.cpu ? [1, 2] : [1, 2, 4, 8]).flatMap((several) => found(() => [sweep(several)], []));

const passed =
  broken.length === 0 && rules.checks.every(({ passed }) => passed) && losses.every(({ passed }) => passed);
const report = {
  madeAt: timestamp(),
  ...machine(),
  dryRun: flags.cpu,
  engine: rules.engine,
  ...(!flags.cpu && { gpu: { name: `GPU ${checked}`, ...ownCard(gpus) } }),
  passed,
  broken,
  rules: rules.checks,
  losses,
  times,
  batches,
  torch,
  sharing,
  sweeps,
};
saving(folder, () => {
  writeFileSync(join(folder, "gpu-check.json"), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(folder, "gpu-check.md"), markdownOf(report));
});
say(`${passed ? "passed" : "FAILED"}; written: ${join(folder, "gpu-check.json")}, ${join(folder, "gpu-check.md")}`);
process.exitCode = passed ? EXIT.ok : EXIT.runFailed;

/** How far the losses of two devices are apart, by model and method. */
function compared({ rows }, { rows: others }) {
  return rows.map(({ model, method, losses }, i) => {
    const other = others[i].losses;
    const difference = Math.max(...losses.map((loss, t) => Math.abs(loss - other[t]) / Math.abs(other[t])));
    return { model, method, last: losses.at(-1), difference, passed: difference <= TOLERANCE };
  });
}

/** PyTorch's step times on the same models and batches; undefined where there is no torch. */
function pytorch() {
  const script = join(packageRoot(), "scripts", "bench", "pytorch_step.py");
  const asked = times.rows.filter(({ method }) => method === "sgd_momentum");
  const lines = asked.flatMap(({ model, batch, steps }) => [
    `${model} 3 ${batch}\n`,
    `${model} ${Math.max(1, steps * size.blocks)} ${batch}\n`,
  ]);
  try {
    const text = execFileSync(flags.python, [script, String(availableParallelism()), flags.cpu ? "cpu" : "cuda"], {
      encoding: "utf8",
      input: lines.join(""),
      stdio: ["pipe", "pipe", "pipe"],
    });
    const [about, ...answers] = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    return {
      version: about.torch,
      rows: asked.map(({ model, batch }, i) => ({ model, batch, ...answers[2 * i + 1] })),
    };
  } catch (error) {
    say(
      `without PyTorch: ${String(error.stderr ?? error.message)
        .trim()
        .split("\n")
        .at(-1)}`,
    );
    return undefined;
  }
}

/** Runs a minute of a sweep. @param several runs at the same time, all on the first GPU that is visible. */
function sweep(several) {
  const results = join(folder, `sweep-${several}`);
  saving(folder, () => rmSync(results, { recursive: true, force: true }));
  const points = Array.from({ length: flags.cpu ? 4 : 48 }, (_unused, i) => 0.01 + i / 1000);
  const config = join(folder, "sweep.yaml");
  saving(folder, () => writeFileSync(config, sweepConfig(points, flags.cpu ? 20 : 500)));
  const where = flags.cpu ? ["--jobs", several] : ["--gpus", checked, "--runs-per-gpu", several];
  const args = [
    "run",
    "--config",
    config,
    "--results",
    results,
    "--data",
    join(folder, "no-data"),
    "--quiet",
    "--engine",
    "tensorflow",
    ...where,
  ];
  const made = spawnSync(process.execPath, [join(packageRoot(), "dist", "bin", "metamd.js"), ...args.map(String)], {
    env: seeing(device),
    stdio: ["ignore", "ignore", "inherit"],
  });
  goOnAfter(made, `a sweep with ${several} runs at the same time`);
  const runs = join(results, "sweep", "runs");
  const records = readdirSync(runs).map((id) => JSON.parse(readFileSync(join(runs, id, "record.json"), "utf8")));
  const begun = Math.min(...records.map(({ startedAt }) => Date.parse(startedAt)));
  const ended = Math.max(...records.map(({ finishedAt }) => Date.parse(finishedAt)));
  rmSync(results, { recursive: true, force: true });
  return { several, runs: records.length, runsPerMinute: (60_000 * records.length) / (ended - begun) };
}

function sweepConfig(points, steps) {
  return `name: sweep
suite:
  domains: [synthetic-rotated/0, synthetic-rotated/15]
  protocol: { metaTest: [synthetic-rotated/15] }
  limits: { trainImages: 2000, validationImages: 500, testImages: 500 }
model: { kind: mlp, hidden: [32, 32] }
training: { batchSize: 64, steps: ${steps}, aucWindowSteps: 1 }
methods: [sgd_momentum]
tuning: { seeds: 1, space: { learningRate: [${points.join(", ")}], weightDecay: [0.0001] } }
trials: 1
`;
}
