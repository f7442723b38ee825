// Trains RotatedMNIST's MLP at fixed rates from 20 seeds and compares the test accuracies with PyTorch's, made with the
// same protocol and 20 seeds of its own: means within three standard errors of their difference.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { commandLine } from "../command-line.js";

/** Test accuracies in percent of PyTorch 2.15: mean and standard deviation over 20 seeds. */
const PYTORCH = {
  sgd_momentum: { setting: "SGD-M, 0.1", mean: 95.27, std: 0.4 },
  adam: { setting: "Adam, 0.003", mean: 95.62, std: 0.28 },
  rmsprop: { setting: "RMSprop, 0.001", mean: 95.31, std: 0.35 },
};
const SEEDS = 20;

const { operands } = commandLine({
  about:
    "Trains RotatedMNIST's MLP from 20 seeds, and compares with PyTorch's accuracies. DATA has mnist. Exit code 1: they differ.",
  operands: ["DATA"],
});
const [data] = operands;
const here = dirname(fileURLToPath(import.meta.url));
const results = mkdtempSync(join(tmpdir(), "metamd-e2-"));
const where = ["--config", join(here, "e2-seeds.yaml"), "--data", data, "--results", results, "--quiet"];
try {
  const { status } = spawnSync(process.execPath, [join(here, "../../dist/bin/metamd.js"), "run", ...where], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error(`metamd run ended with exit code ${status}`);
  const runs = parse(readFileSync(join(results, "e2-seeds", "runs.csv")), { columns: true });
  console.log("| method, rate | here | PyTorch | difference, standard errors |\n| --- | --- | --- | --- |");
  for (const [method, { setting, mean, std }] of Object.entries(PYTORCH)) {
    const accuracies = runs
      .filter((run) => run.method === method && run.phase === "trial")
      .map((run) => Number(run.test_acc));
    if (accuracies.length !== SEEDS) throw new Error(`${method}: ${accuracies.length} trials, not ${SEEDS}`);
    const own = accuracies.reduce((sum, one) => sum + one, 0) / SEEDS;
    const variance = accuracies.reduce((sum, one) => sum + (one - own) ** 2, 0) / (SEEDS - 1);
    const distance = (own - mean) / Math.sqrt((variance + std ** 2) / SEEDS);
    if (Math.abs(distance) > 3) process.exitCode = 1;
    const ours = `${own.toFixed(2)} ± ${Math.sqrt(variance).toFixed(2)}`;
    console.log(`| ${setting} | ${ours} | ${mean.toFixed(2)} ± ${std.toFixed(2)} | ${distance.toFixed(1)} |`);
  }
} finally {
  rmSync(results, { recursive: true });
}
