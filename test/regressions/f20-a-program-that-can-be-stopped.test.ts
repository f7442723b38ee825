import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { start, type Running } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { HASTY, patchedBuild } from "../support/patched-build.js";
import { childrenOf, isAlive } from "../support/processes.js";
import { drill, everything } from "../support/require.js";
import { SMALL } from "../support/small-experiment.js";
import { until } from "../support/until.js";

const folder = scratchFolder();
const program = patchedBuild(join(folder, "program"), HASTY);

/** Starts runs that do not end of themselves. @param at a folder that is made. */
function startIn(at: string, jobs: number, env: NodeJS.ProcessEnv = {}): Running {
  mkdirSync(at);
  writeFileSync(join(at, "small.yaml"), SMALL);
  const args = ["run", "--config", "small.yaml", "--engine", "wasm", "--jobs", String(jobs), "--results", "results"];
  return start(at, [...args, "--set", "training.steps=1000000"], env, program);
}
const hasFile = (at: string, end: string): boolean =>
  existsSync(join(at, "results")) &&
  readdirSync(join(at, "results"), { recursive: true, encoding: "utf8" }).some((name) => name.endsWith(end));
/** Removes the folder that a program works in, all at once: meanwhile it stands still. */
function remove(at: string, running: Running): void {
  process.kill(-running.pid, "SIGSTOP");
  rmSync(at, { recursive: true, force: true });
  process.kill(-running.pid, "SIGCONT");
}

test.each(everything ? [1, 2] : [2])(
  "whose working folder is deleted ends, says so and leaves no worker, %d at a time",
  async (jobs) => {
    const at = join(folder, `swept-${jobs}`);
    const running = startIn(at, jobs);
    await until(() => hasFile(at, "checkpoint/progress.json"), running);
    const workers = childrenOf(running.pid);
    expect(workers).toHaveLength(jobs === 1 ? 0 : jobs);
    remove(at, running);
    const { code, stderr } = await running.ended;
    expect(code, stderr).toBe(EXIT.usage);
    expect(stderr).toMatch(/^metamd: .*vanished[^]*accepted: [^]*hint: /m);
    expect(stderr).not.toMatch(/bug in metamd|^ +at /m);
    await until(() => !workers.some(isAlive));
    expect(existsSync(at)).toBe(false);
  },
);

drill("whose working folder is deleted while its workers start says so, too", async () => {
  const at = join(folder, "swept-early");
  const running = startIn(at, 2);
  await until(() => hasFile(at, "1.json"), running);
  remove(at, running);
  const { code, stderr } = await running.ended;
  expect(code, stderr).toBe(EXIT.usage);
  expect(stderr).toMatch(/^metamd: .*vanished/m);
  expect(stderr).not.toMatch(/bug in metamd|^ +at /m);
});

/** Makes the event loop stand still for ever soon after the first signal, or where the program would end after it. */
const SPINS = `import { writeSync } from "node:fs";
const spin = () => { writeSync(2, "spinning\\n"); for (;;); };
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, () => { setTimeout(spin, 50); process.once("exit", spin); });
`;

const DEAF = [
  ["SIGINT", 1],
  ["SIGINT", 2],
  ["SIGTERM", 1],
  ["SIGTERM", 2],
] as const;
test.each(everything ? DEAF : DEAF.slice(0, 1))(
  "that is deaf after the first %s is ended by the second, %d at a time",
  async (signal, jobs) => {
    const shim = join(folder, "spins.mjs");
    writeFileSync(shim, SPINS);
    const at = join(folder, `deaf-${signal}-${jobs}`);
    const running = startIn(at, jobs, { NODE_OPTIONS: `--import ${shim}` });
    await until(() => hasFile(at, "checkpoint/progress.json"), running);
    const workers = childrenOf(running.pid);
    running.kill(signal);
    await until(() => running.said().includes("spinning"), running);
    expect(running.said()).toContain("once more stops at once");
    running.kill(signal);
    expect((await running.ended).signal).toBe(signal);
    await until(() => !workers.some(isAlive));
  },
);
