import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { startProgram, type Running } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { HASTY, patchedBuild } from "../support/patched-build.js";
import { tool } from "../support/processes.js";
import { drill, missing } from "../support/require.js";
import { SMALL, SMALL_CELLS } from "../support/small-experiment.js";
import { until } from "../support/until.js";

const folder = scratchFolder();
writeFileSync(join(folder, "small.yaml"), SMALL);
const program = patchedBuild(join(folder, "program"), HASTY);
const at = (results: string, ...path: string[]): string => join(folder, results, "small", ...path);

/** @param before what starts it, like unshare. */
function run(results: string, before: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Running {
  const args = [program, "run", "--config", "small.yaml", "--engine", "wasm", "--jobs", "1", "--results", results];
  const [file, ...rest] = [...before, process.execPath, ...args, "--set", "training.steps=200"];
  return startProgram(file!, rest, { folder, env });
}
/** @returns its exit code. */
const endOf = async (one: Running): Promise<number | null> => (await one.ended).code;
const doneIn = (one: Running): number => Number(/(\d+) runs done/.exec(one.said())?.[1] ?? NaN);
function expectSame(results: string, whole: string): void {
  for (const name of ["accuracy.csv", "auc.csv", "accuracy.runs.json"])
    expect(readFileSync(at(results, name), "utf8"), name).toBe(readFileSync(at(whole, name), "utf8"));
  expect(readdirSync(at(results, "runs")).length).toBe(SMALL_CELLS);
  expect(readdirSync(at(results, "leases")).filter((name) => !name.startsWith("beat-"))).toEqual([]);
}

beforeAll(async () => {
  expect(await endOf(run("whole"))).toBe(0);
});

const CONTAINER = ["unshare", "--pid", "--fork", "--mount-proc"];
const contained = tool(CONTAINER[0]!, [...CONTAINER.slice(1), "true"]).status === 0;
if (!contained) missing("pid namespaces: unshare needs root");

describe.skipIf(!contained)("processes of several containers with one host name", () => {
  drill("share the runs: each is counted once, and the tables are the same", async () => {
    const all = [1, 2, 3].map(() => run("contained", CONTAINER));
    for (const one of all) expect(await endOf(one), one.said()).toBe(0);
    expect(all.reduce((sum, one) => sum + doneIn(one), 0)).toBe(SMALL_CELLS);
    expectSame("contained", "whole");
  });
});

drill("one that stands still for long is taken over, notices it and loses nothing", async () => {
  const slow = run("stalled");
  await until(() => slow.said().includes("engine wasm"), slow);
  const taken = (): boolean =>
    existsSync(at("stalled", "leases")) && readdirSync(at("stalled", "leases")).some((id) => !id.startsWith("beat-"));
  await until(taken, slow);
  slow.kill("SIGSTOP");
  const quick = run("stalled");
  expect(await endOf(quick), quick.said()).toBe(0);
  slow.kill("SIGCONT");
  expect(await endOf(slow), slow.said()).toBe(0);
  expect(doneIn(slow) + doneIn(quick)).toBe(SMALL_CELLS);
  expectSame("stalled", "whole");
});

drill("a disk that fails now and then costs starts, no run", async () => {
  const shim = join(packageRoot(), "scripts", "chaos", "faults.js");
  const log = join(folder, "faults.log");
  writeFileSync(log, "");
  let code: number | null = null;
  for (let starts = 1; code !== 0; starts++) {
    expect(starts, "starts").toBeLessThan(60);
    const one = run("faulty", [], {
      NODE_OPTIONS: `--import ${shim}`,
      METAMD_FAULTS_BELOW: join(folder, "faulty"),
      METAMD_FAULTS_EVERY: "100",
      METAMD_FAULTS_SEED: String(starts),
      METAMD_FAULTS_LOG: log,
    });
    code = await endOf(one);
    expect([0, 2, 3], one.said()).toContain(code);
    expect(one.said()).not.toMatch(/bug in metamd|^ +at /m);
  }
  expect(readFileSync(log, "utf8").split("\n").length).toBeGreaterThan(3);
  expectSame("faulty", "whole");
});
