// How long tables, figures and the report take on an experiment of many records with long curves, and how much memory.
// Writes RotatedMNIST at its paper preset with more tuning points than it has, every run with a record and a curve, into a
// temporary folder (some 200 MB), and prints seconds and largest resident size of each command.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { clearInterval, setInterval } from "node:timers";
import { loadConfig } from "../../dist/src/config/load.js";
import { NUMERICS } from "../../dist/src/records/numerics.js";
import { openRunStore } from "../../dist/src/records/store.js";
import { commandLine } from "../command-line.js";

const { flags } = commandLine({
  about:
    "How long tables, figures and the report take on an experiment of many records with long curves, and how much memory.",
  options: {
    runs: { value: "N", kind: "count", default: 10_000, about: "runs of tuning" },
    points: { value: "N", kind: "count", default: 500, about: "steps of a curve" },
    trials: { value: "N", kind: "count", default: 3, about: "trials of a method and holdout" },
    keep: { about: "keep the records" },
    only: { value: "FOLDER", about: "records that an earlier call kept, instead of new ones" },
  },
});

const results = flags.only ?? mkdtempSync(join(tmpdir(), "metamd-tables-"));
if (flags.only === undefined) writeRecords(results, flags.runs, flags.points);
try {
  const commands = [
    "table accuracy",
    "table table1_top",
    "table table1_top --explain metamd 45",
    "report",
    "table all",
  ];
  for (const command of commands) {
    const { seconds, megabytes, code } = await measure(command.split(" "));
    console.log(`${command}: ${seconds.toFixed(1)} s, ${megabytes.toFixed(0)} MB, exit code ${code}`);
  }
  console.log(`report.html: ${(statSync(join(results, "report.html")).size / 1e6).toFixed(1)} MB`);
} finally {
  if (flags.keep || flags.only !== undefined) console.log(results);
  else rmSync(results, { recursive: true, force: true });
}

/** Runs the program and looks at its resident size meanwhile. */
function measure(args) {
  const begun = performance.now();
  const child = spawn(process.execPath, ["dist/bin/metamd.js", "--results", results, "--quiet", ...args], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  let megabytes = 0;
  const looking = setInterval(() => {
    const size = /VmHWM:\s+(\d+) kB/.exec(readStatus(child.pid));
    if (size !== null) megabytes = Number(size[1]) / 1024;
  }, 20);
  return new Promise((done) =>
    child.on("exit", (code) => {
      clearInterval(looking);
      done({ seconds: (performance.now() - begun) / 1000, megabytes, code });
    }),
  );
}

function readStatus(pid) {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}

function writeRecords(folder, runs, points) {
  const config = loadConfig({ config: "configs/rotated-mnist.yaml" });
  const holdouts = config.suite.domains;
  const pairs = holdouts.flatMap((holdout) => config.methods.map((method) => ({ holdout, method })));
  const cells = Array.from({ length: runs }, (_unused, i) => {
    const id = i.toString(16).padStart(16, "0");
    const number = Math.floor(i / pairs.length);
    const common = { id, ...pairs[i % pairs.length], seed: number % 3, metaTrain: [], dependsOn: [] };
    return number < flags.trials
      ? { phase: "trial", ...common, trial: number }
      : { phase: "tune", ...common, learningRate: 1 / (1 + Math.floor(number / 2)), weightDecay: 1e-4 };
  });
  // Nothing is trained: the domains' data need not be here.
  const { experimentFolder: experiment, hash: configHash, preset, resolved } = config;
  const methods = config.methods.map((id) => ({ id, title: id }));
  const store = openRunStore(folder, experiment);
  store.writePlan({
    schemaVersion: 1,
    numerics: NUMERICS,
    experiment,
    table: config.table,
    preset,
    configHash,
    config: resolved,
    methods,
    holdouts,
    missing: [],
    smallSets: [],
    cells,
  });
  const curve = ["step,epoch,trainLoss,wallMilliseconds"];
  for (let step = 1; step <= points; step++)
    curve.push(`${step},${step / 469},${2.3 / Math.sqrt(step)},${step * 2.125}`);
  for (const [i, cell] of cells.entries()) {
    const learningRate = cell.learningRate ?? 0.1;
    const record = {
      schemaVersion: 1,
      numerics: NUMERICS,
      id: cell.id,
      experiment,
      preset,
      cell,
      configHash,
      config: resolved,
      state: "done",
      selected: { learningRate, weightDecay: 1e-4, gridEdge: [] },
      metrics: { validationAccuracy: 0.8 + (i % 97) / 1000, auc: 1.5, lastTrainLoss: 0.1, chance: 0.1 },
      counts: { steps: 500, epochs: 5, testReads: 0 },
      timings: { dataMilliseconds: 1, stepMilliseconds: 1000, evaluationMilliseconds: 1, wallMilliseconds: 1002 },
      engine: { name: "wasm", versions: {}, precision: "float32", compiled: false, threads: 1, gpu: false },
      hardware: { cpu: "", cores: 1, memoryBytes: 1 },
      git: null,
      data: { tag: "real", checksums: {} },
      startedAt: "2025-01-01T00:00:00.000Z",
      finishedAt: "2025-01-01T00:00:01.000Z",
    };
    if (cell.phase === "trial") record.metrics.testAccuracy = 0.9 + (i % 89) / 1000;
    // Written plainly: what is measured is reading.
    mkdirSync(join(store.folder, "runs", cell.id), { recursive: true });
    writeFileSync(join(store.folder, "runs", cell.id, "record.json"), JSON.stringify(record, null, 2));
    writeFileSync(join(store.folder, "runs", cell.id, "curve.csv"), `${curve.join("\n")}\n`);
  }
}
