import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inShell, PROGRAM, start, type Ended } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { checkpoints, patchedBuild, SAVING } from "../support/patched-build.js";
import { childrenOf } from "../support/processes.js";
import { drill, everything } from "../support/require.js";
import { until } from "../support/until.js";
import { SMALL, SMALL_CELLS } from "../support/small-experiment.js";

const folder = scratchFolder();
writeFileSync(join(folder, "small.yaml"), SMALL);
const program = patchedBuild(join(folder, "program"), SAVING);
const METAMD = `"${process.execPath}" "${PROGRAM}"`;
const shell = (script: string): Promise<Ended> => inShell(script, { folder });
const run = (results: string, jobs = 1, more = ""): string =>
  `${METAMD} run --config small.yaml --engine wasm --jobs ${jobs} --results ${results} ${more}`;
const finished = (results: string): number => readdirSync(join(folder, results, "small", "runs")).length;

test.each(everything ? [1, 2] : [1])(
  "messages to a reader that leaves: the work goes on, %d at a time",
  async (jobs) => {
    const { code } = await shell(`${run(`head-${jobs}`, jobs)} 2>&1 >/dev/null | head -1; exit \${PIPESTATUS[0]}`);
    expect([code, finished(`head-${jobs}`)]).toEqual([0, SMALL_CELLS]);
  },
);

drill("messages to a full disk: the work goes on", async () => {
  expect([(await shell(`${run("full")} >/dev/null 2>/dev/full`)).code, finished("full")]).toEqual([0, SMALL_CELLS]);
});

test.each([
  ["of a run", "run --config small.yaml --engine wasm --jobs 1 --results head-1"],
  ["of status", "status small --results head-1"],
])("results %s to a full disk: one line says so, exit code 2", async (_name, args) => {
  const { code, stderr } = await shell(`${METAMD} --quiet ${args} >/dev/full`);
  expect(stderr).toMatch(/^metamd: stdout: the result cannot be written: ENOSPC.*\n$/);
  expect(code).toBe(2);
});

test("results to a reader that leaves change no exit code", async () => {
  const piped = async (args: string): Promise<number | null> =>
    (await shell(`${METAMD} ${args} | true; exit \${PIPESTATUS[0]}`)).code;
  expect(await piped("--help")).toBe(0);
  expect(await piped("status nothing-of-the-name --results head-1")).toBe(2);
});

test.each(everything ? [1, 2] : [2])(
  "a terminal that closes stops the work after a checkpoint, %d at a time",
  async (jobs) => {
    const args = ["run", "--config", "small.yaml", "--engine", "wasm", "--jobs", String(jobs), "--results"];
    // As if nothing above it had been begun by nohup, which leaves its name there.
    const endless = [...args, `closed-${jobs}`, "--set", "training.steps=1000000"];
    const running = start(folder, endless, { _: undefined }, program);
    await until(() => checkpoints(join(folder, `closed-${jobs}`)).length > 0, running);
    for (let i = 0; i < 3; i++) running.kill("SIGHUP");
    const { code, stderr } = await running.ended;
    expect(stderr).toContain("stopping after a checkpoint");
    expect(code).toBe(130);
    expect(checkpoints(join(folder, `closed-${jobs}`)).length).toBeGreaterThan(0);
  },
);

drill.each(["nohup", "trap '' HUP; "])("%s outlives its terminal", async (how) => {
  const name = how.startsWith("trap") ? "trap" : how;
  const { code } = await shell(`${how} ${run(name, 1, "--set training.steps=150")} >out-${name} 2>&1 & pid=$!
    until grep -q engine out-${name}; do sleep 0.1; done; kill -HUP $pid; wait $pid`);
  expect([code, finished(name)]).toEqual([0, SMALL_CELLS]);
});

const WARNINGS = [
  ["SIGUSR1", 1],
  ["SIGUSR1", 2],
  ["SIGUSR2", 1],
  ["SIGXCPU", 2],
] as const;
test.each(everything ? WARNINGS : WARNINGS.slice(0, 1))(
  "a batch system's %s stops the work after a checkpoint, %d at a time",
  async (signal, jobs) => {
    const results = `warned-${signal}-${jobs}`;
    const args = ["run", "--config", "small.yaml", "--engine", "wasm", "--jobs", String(jobs), "--results", results];
    const running = start(folder, [...args, "--set", "training.steps=1000000"], {}, program);
    await until(() => checkpoints(join(folder, results)).length >= jobs, running);
    // As Slurm warns every process of a step; SIGXCPU comes again every second.
    for (const pid of [...childrenOf(running.pid), running.pid, running.pid]) process.kill(pid, signal);
    const { code, stderr } = await running.ended;
    expect(stderr).toContain("stopping after a checkpoint");
    expect(stderr).not.toContain("Debugger listening");
    expect(code).toBe(130);
  },
);

test("before anything is begun they end the program, and no debugger may connect", async () => {
  const running = start(folder, ["report", "--serve", "--port", "0", "--results", "head-1"]);
  await until(() => running.said().includes("Ctrl-C ends it"), running);
  running.kill("SIGUSR1");
  const { stderr } = await running.ended;
  expect(stderr).not.toContain("Debugger listening");
});
