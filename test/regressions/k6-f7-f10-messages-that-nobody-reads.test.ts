import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { start } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { childrenOf } from "../support/processes.js";
import { until } from "../support/until.js";
import { SMALL, SMALL_CELLS } from "../support/small-experiment.js";

const folder = scratchFolder();
writeFileSync(join(folder, "small.yaml"), SMALL);
const METAMD = `"${process.execPath}" "${join(packageRoot(), "dist", "bin", "metamd.js")}"`;
const shell = (script: string): { code: number | null; stderr: string } => {
  const { status, stderr } = spawnSync("bash", ["-c", script], { cwd: folder, encoding: "utf8" });
  return { code: status, stderr };
};
const run = (results: string, jobs = 1, more = ""): string =>
  `${METAMD} run --config small.yaml --engine wasm --jobs ${jobs} --results ${results} ${more}`;
const finished = (results: string): number => readdirSync(join(folder, results, "small", "runs")).length;

test.each([1, 2])("messages to a reader that leaves: the work goes on, %d at a time", (jobs) => {
  const { code } = shell(`${run(`head-${jobs}`, jobs)} 2>&1 >/dev/null | head -1; exit \${PIPESTATUS[0]}`);
  expect([code, finished(`head-${jobs}`)]).toEqual([0, SMALL_CELLS]);
});

test("messages to a full disk: the work goes on", () => {
  expect([shell(`${run("full")} >/dev/null 2>/dev/full`).code, finished("full")]).toEqual([0, SMALL_CELLS]);
});

test.each([
  ["of a run", "run --config small.yaml --engine wasm --jobs 1 --results head-1"],
  ["of status", "status small --results head-1"],
])("results %s to a full disk: one line says so, exit code 2", (_name, args) => {
  const { code, stderr } = shell(`${METAMD} --quiet ${args} >/dev/full`);
  expect(stderr).toMatch(/^metamd: stdout: the result cannot be written: ENOSPC.*\n$/);
  expect(code).toBe(2);
});

test("results to a reader that leaves change no exit code", () => {
  const piped = (args: string): number | null => shell(`${METAMD} ${args} | true; exit \${PIPESTATUS[0]}`).code;
  expect([piped("--help"), piped("status nothing-of-the-name --results head-1")]).toEqual([0, 2]);
});

test.each([1, 2])("a terminal that closes stops the work after a checkpoint, %d at a time", async (jobs) => {
  const args = ["run", "--config", "small.yaml", "--engine", "wasm", "--jobs", String(jobs), "--results"];
  // As if nothing above it had been begun by nohup, which leaves its name there.
  const running = start(folder, [...args, `closed-${jobs}`, "--set", "training.steps=100000"], { _: undefined });
  await until(() => running.said().includes("engine wasm"), running);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  for (let i = 0; i < 3; i++) running.kill("SIGHUP");
  const { code, stderr } = await running.ended;
  expect(stderr).toContain("stopping after a checkpoint");
  expect(code).toBe(130);
  const left = readdirSync(join(folder, `closed-${jobs}`, "small"), { recursive: true, encoding: "utf8" });
  expect(left.some((name) => name.endsWith("checkpoint/progress.json"))).toBe(true);
});

test.each(["nohup", "trap '' HUP; "])("%s outlives its terminal", (how) => {
  const name = how.startsWith("trap") ? "trap" : how;
  const { code } = shell(`${how} ${run(name, 1, "--set training.steps=400")} >out-${name} 2>&1 & pid=$!
    until grep -q engine out-${name}; do sleep 0.1; done; kill -HUP $pid; wait $pid`);
  expect([code, finished(name)]).toEqual([0, SMALL_CELLS]);
});

test.each([
  ["SIGUSR1", 1],
  ["SIGUSR1", 2],
  ["SIGUSR2", 1],
  ["SIGXCPU", 2],
] as const)("a batch system's %s stops the work after a checkpoint, %d at a time", async (signal, jobs) => {
  const results = `warned-${signal}-${jobs}`;
  const args = ["run", "--config", "small.yaml", "--engine", "wasm", "--jobs", String(jobs), "--results", results];
  const running = start(folder, [...args, "--set", "training.steps=100000"]);
  await until(() => running.said().includes("engine wasm"), running);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  // As Slurm warns every process of a step; SIGXCPU comes again every second.
  for (const pid of [...childrenOf(running.pid), running.pid, running.pid]) process.kill(pid, signal);
  const { code, stderr } = await running.ended;
  expect(stderr).toContain("stopping after a checkpoint");
  expect(stderr).not.toContain("Debugger listening");
  expect(code).toBe(130);
});

test("before anything is begun they end the program, and no debugger may connect", async () => {
  const running = start(folder, ["report", "--serve", "--port", "0", "--results", "head-1"]);
  await until(() => running.said().includes("Ctrl-C ends it"), running);
  running.kill("SIGUSR1");
  const { stderr } = await running.ended;
  expect(stderr).not.toContain("Debugger listening");
});
