// How long metamd status takes on an experiment of many runs, all of them with records.
// Writes the experiment into a temporary folder and prints the seconds of three calls of the program.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { loadConfig } from "../../dist/src/config/load.js";
import { makePlan } from "../../dist/src/runs/plan/make-plan.js";
import { NUMERICS } from "../../dist/src/records/numerics.js";
import { openRunStore } from "../../dist/src/records/store.js";
import { commandLine } from "../command-line.js";

const { flags } = commandLine({
  about: "How long metamd status takes on an experiment of many runs, all of them with records.",
  options: {
    runs: { value: "N", kind: "count", default: 10_000, about: "runs" },
    keep: { about: "keep the records" },
  },
});
const config = loadConfig({ config: "configs/quickstart.yaml" });
const planned = makePlan(config, "datasets");
const template = planned.cells.find(({ phase }) => phase === "trial");
const cells = Array.from({ length: flags.runs }, (_unused, i) => ({
  ...template,
  id: i.toString(16).padStart(16, "0"),
  trial: i,
  dependsOn: [],
}));
const results = mkdtempSync(join(tmpdir(), "metamd-status-"));
const store = openRunStore(results, planned.experiment);
store.writePlan({ ...planned, cells });
for (const cell of cells) {
  const record = {
    schemaVersion: 1,
    numerics: NUMERICS,
    id: cell.id,
    experiment: planned.experiment,
    preset: "paper",
    cell,
    state: "done",
    configHash: planned.configHash,
    config: planned.config,
    metrics: { testAccuracy: 0.9, auc: 1.5, lastTrainLoss: 0.1, chance: 0.1 },
    counts: { steps: 500, epochs: 5, testReads: 1 },
    timings: { dataMilliseconds: 1, stepMilliseconds: 1, evaluationMilliseconds: 1, wallMilliseconds: 3 },
    engine: { name: "wasm", versions: {}, precision: "float32", compiled: false, threads: 1, gpu: false },
    hardware: { cpu: "", cores: 1, memoryBytes: 1 },
    git: null,
    data: { tag: "synthetic", checksums: {} },
    startedAt: "2025-01-01T00:00:00.000Z",
    finishedAt: "2025-01-01T00:00:00.000Z",
  };
  // Written plainly: what is measured is reading.
  mkdirSync(join(store.folder, "runs", cell.id), { recursive: true });
  writeFileSync(join(store.folder, "runs", cell.id, "record.json"), JSON.stringify(record, null, 2));
}
try {
  for (let call = 0; call < 3; call++) {
    const begun = performance.now();
    const { stdout, status } = spawnSync("node", ["dist/bin/metamd.js", "status", "--results", results], {
      encoding: "utf8",
    });
    console.log(`${((performance.now() - begun) / 1000).toFixed(2)} s, exit code ${status}\n${stdout}`);
  }
} finally {
  if (flags.keep) console.log(results);
  else rmSync(results, { recursive: true, force: true });
}
