import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ResolvedConfig } from "../../src/config/load.js";
import { packageRoot } from "../../src/core/files.js";
import { findAddon } from "../../src/engine/backends/tensorflow/location.js";
import { readRecords, type ReadRun } from "../../src/records/index.js";
import { metamd, runProgram, start } from "../support/binary.js";
import { engineOrNone } from "../support/engines.js";
import { withoutOwnOperations } from "../support/own-operations.js";
import { scratchFolder } from "../support/folder.js";
import { mainIn } from "../support/main.js";
import { realData } from "../support/require.js";

const reference = join(packageRoot(), "results", "reference");
const folder = scratchFolder();
/** What is kept with its records, and the tables beside them. */
const kept = readdirSync(reference).filter((name) => existsSync(join(reference, name, "records")));
const scriptOf = (name: string) => join(packageRoot(), "scripts", "reproduce", name);
const unpacked = await runProgram(process.execPath, [scriptOf("unpack.js"), folder, "all"]);
if (unpacked.code !== 0) throw new Error(unpacked.stderr);

test("docs/RESULTS.md is that of the records", async () => {
  const { code, stderr } = await runProgram(process.execPath, [scriptOf("results-page.js"), "--check"]);
  expect(code, stderr).toBe(0);
});

const TABLES = ["accuracy.csv", "auc.csv"];
const tabled = kept.flatMap((name) => {
  const files = TABLES.filter((file) => existsSync(join(reference, name, file)));
  return files.length > 0 ? [[name, files] as const] : [];
});
test.each(tabled)("%s: %j are those of the records", async (name, files) => {
  const made = await mainIn(folder, "table", name, "--results", folder);
  expect(made.code, made.stderr).toBe(0);
  for (const file of files)
    expect(readFileSync(join(folder, name, file), "utf8"), file).toBe(
      readFileSync(join(reference, name, file), "utf8"),
    );
});

/** Cells that are made anew: each takes a second or two. */
const SAMPLED = [
  { method: "adam", holdout: "rotated-mnist/0" },
  { method: "sgd_momentum", holdout: "rotated-mnist/45" },
  { method: "metamd", holdout: "rotated-mnist/75" },
] as const;
const EXPERIMENT = "rotated-mnist-extended";
const data = realData("MNIST");
const native = await engineOrNone("tensorflow");

describe.skipIf(data === undefined || native === undefined)("a trial made anew has the same numbers", () => {
  const { plan } = readRecords(join(folder, EXPERIMENT));
  // As the records were made: our own operations add in another order.
  const addon = findAddon();
  const engines = join(folder, "engines");
  if (!("missing" in addon)) withoutOwnOperations(engines, addon.folder);
  const ofCell = (wanted: (typeof SAMPLED)[number]): ReadRun =>
    readRecords(join(folder, EXPERIMENT)).runs.find(
      ({ record: { cell } }) =>
        cell.phase === "trial" && cell.trial === 0 && cell.method === wanted.method && cell.holdout === wanted.holdout,
    )!;

  test.each(SAMPLED)("$method on $holdout", async (wanted) => {
    const { record } = ofCell(wanted);
    rmSync(join(folder, EXPERIMENT, "runs", record.id), { recursive: true });
    const imported = await metamd(folder, "data", "import", "mnist", data!, "--data", "data");
    expect(imported.code, imported.stderr).toBe(0);
    const { methods, trials, tuning } = plan.config as unknown as ResolvedConfig;
    const config = ["--config", join(packageRoot(), "configs", "rotated-mnist.yaml"), "--preset", "extended"];
    const grid = JSON.stringify(tuning.space.methods.metamd_short!.learningRate);
    const grids = ["metamd_short", "metamd_momentum"].map((id) => `tuning.space.methods.${id}.learningRate=${grid}`);
    const size = [`methods=[${methods.join()}]`, `trials=${trials}`, ...grids].flatMap((one) => ["--set", one]);
    const where = ["--results", folder, "--data", "data", "--engine", "tensorflow", "--threads", "1", "--jobs", "1"];
    const only = ["--holdout", wanted.holdout, "--method", wanted.method];
    const { code, stderr } = await start(folder, ["meta-test", ...config, ...size, ...where, ...only], {
      METAMD_ENGINE_DIR: engines,
    }).ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("1 runs done");
    const anew = ofCell(wanted).record;
    if (JSON.stringify(anew.engine) === JSON.stringify(record.engine)) expect(anew.metrics).toEqual(record.metrics);
    else {
      expect(Math.abs(anew.metrics.testAccuracy! - record.metrics.testAccuracy!)).toBeLessThan(0.01);
      expect(Math.abs(anew.metrics.auc! / record.metrics.auc! - 1)).toBeLessThan(0.01);
    }
  });
});
