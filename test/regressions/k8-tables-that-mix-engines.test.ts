import { expect, test } from "vitest";
import type { RunRecord } from "../../src/records/record.js";
import { CPU_ENGINE } from "../records/fixtures.js";
import { PLAN, records, writeExperiment } from "../reporting/fixtures.js";
import { scratchFolder } from "../support/folder.js";
import { runMain } from "../support/main.js";

// Trials of one experiment from two machines or engines were averaged, and no table said so.

const MARK = /runs of different engines or processors, which round otherwise \(/i;
const OTHERS: readonly (readonly [what: string, engine: RunRecord["engine"], told: RegExp])[] = [
  ["kind of engine", { ...CPU_ENGINE, name: "wasm" }, /wasm 4\.22\.0, float32, CPU/],
  ["precision", { ...CPU_ENGINE, precision: "float64" }, /float64/],
  ["build", { ...CPU_ENGINE, gpu: true }, /GPU/],
  ["library", { ...CPU_ENGINE, versions: { tensorflow: "2.20.0" } }, /tensorflow 2\.20\.0/],
  ["processor", { ...CPU_ENGINE, kernels: { instructions: "avx512", oneDnn: true } }, /avx512/],
  ["oneDNN", { ...CPU_ENGINE, kernels: { instructions: "avx2", oneDnn: false } }, /without oneDNN/],
  ["number of threads", { ...CPU_ENGINE, threads: 4 }, /4 threads/],
  ["TF32", { ...CPU_ENGINE, gpu: true, kernels: { instructions: "avx2", oneDnn: true, tf32: true } }, /TF32/],
];
const COMMANDS: readonly (readonly string[])[] = [
  ["table", "accuracy"],
  ["table", "auc", "--format", "markdown"],
  ["table", "accuracy", "--format", "latex"],
  ["table", "accuracy", "--json"],
  ["table", "accuracy", "--statistics"],
  ["table", "auc", "--statistics", "--format", "markdown"],
];

/** An experiment whose last trial another engine has made. */
function resultsWith(last: RunRecord["engine"]): string {
  const results = scratchFolder();
  const all = records({ engine: CPU_ENGINE });
  const mixed = all.map((one, i) => (i === all.length - 1 ? { ...one, engine: last } : one));
  writeExperiment(results, mixed, PLAN);
  return results;
}
/** What a command prints, in one line, however it is wrapped. */
const printed = async (results: string, args: readonly string[]): Promise<string> => {
  const { code, out, err } = await runMain(...args, "--results", results);
  expect(code, err).toBe(0);
  return out.replaceAll(/\s+/g, " ");
};

test.each(OTHERS)("another %s is told below every table", async (_what, engine, told) => {
  const results = resultsWith(engine);
  for (const args of COMMANDS) {
    const out = await printed(results, args);
    expect(out, args.join(" ")).toMatch(MARK);
    // LaTeX has signs of its own.
    if (!args.includes("latex")) expect(out, args.join(" ")).toMatch(told);
  }
});

test("alike: no mark", async () => {
  const results = resultsWith({ ...CPU_ENGINE });
  for (const args of COMMANDS) expect(await printed(results, args), args.join(" ")).not.toMatch(MARK);
});
