import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { Interrupted, UserError } from "../../../src/core/errors.js";
import { packageRoot } from "../../../src/core/files.js";
import { openPool, type Pool } from "../../../src/runs/local/pool.js";
import { START_SECONDS, WorkerDied } from "../../../src/runs/local/worker-process.js";
import { scratchFolder } from "../../support/folder.js";
import { isAlive, pidIn, spawnGroup } from "../../support/processes.js";
import { drill } from "../../support/require.js";
import { until } from "../../support/until.js";

const PROGRAM = join(packageRoot(), "test", "fixtures", "pool-worker.js");
const folder = scratchFolder();
const path = (name: string): string => join(folder, name);
const signal = new AbortController().signal;

const opened: Pool[] = [];
const ready: unknown[] = [];
const open = (...args: string[]): Pool => openWith(undefined, ...args);
function openWith(memoryBytes: number | undefined, ...args: string[]): Pool {
  const settings = { program: PROGRAM, setup: args, ...(memoryBytes !== undefined && { memoryBytes }) };
  const pool = openPool(settings, (...said) => ready.push(said));
  opened.push(pool);
  return pool;
}
afterEach(() => {
  for (const pool of opened.splice(0)) pool.close();
  ready.length = 0;
});
const thrownBy = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => undefined).catch((error) => error);

describe("pool", () => {
  test("gives back what the worker returned, its progress, and one greeting", async () => {
    const pool = open();
    let progress = 0;
    const run = (): Promise<unknown> => pool.run("echo hello", (amount) => (progress += amount), signal);
    const first = (await run()) as { detail: string; pid: number };
    expect(first.detail).toBe("hello");
    // The same process serves the next task.
    expect(await run()).toEqual(first);
    expect(progress).toBe(10);
    expect(ready).toEqual([["a test worker", true]]);
  });

  test("gives every worker an environment of its own, and a new worker that of the one before", async () => {
    const environments = ["0", "1"].map((gpu) => ({ CUDA_VISIBLE_DEVICES: gpu }));
    const pool = openPool({ program: PROGRAM, setup: [], environments }, () => undefined);
    opened.push(pool);
    const run = (task: string): Promise<unknown> => pool.run(task, () => undefined, signal);
    const both = ["a", "b"].map(() => run(`gpu-of-two ${path("gpus")}`));
    await until(() => readdirSync(folder).filter((name) => /^gpus-\d/.test(name)).length === 2);
    writeFileSync(path("gpus-other"), "");
    expect((await Promise.all(both)).sort()).toEqual(["0", "1"]);
    expect(await run(`die-once ${path("died")}`)).toBe("second try");
    const again = ["a", "b"].map(() => run(`gpu-of-two ${path("gpus")}`));
    expect((await Promise.all(again)).sort()).toEqual(["0", "1"]);
  });

  test("runs tasks at the same time in processes of their own", async () => {
    const pool = open();
    const both = ["a", "b"].map(() => pool.run(`meet ${path("meeting")}`, () => undefined, signal));
    await until(() => readdirSync(folder).filter((name) => /^meeting-\d/.test(name)).length === 2);
    writeFileSync(path("meeting-other"), "");
    const pids = await Promise.all(both);
    expect(new Set(pids).size).toBe(2);
    expect(pids).not.toContain(process.pid);
    expect(ready).toEqual([
      ["a test worker", true],
      ["a test worker", false],
    ]);
  });

  test("has tasks use devices alike, where fewer are to be done than there are workers", async () => {
    const environments = ["0", "1", "1", "0"].map((gpu) => ({ CUDA_VISIBLE_DEVICES: gpu }));
    const pool = openPool({ program: PROGRAM, setup: [], environments }, () => undefined);
    opened.push(pool);
    const together = async (count: number, name: string): Promise<unknown[]> => {
      const all = Array.from({ length: count }, () => pool.run(`gpu-of-two ${path(name)}`, () => undefined, signal));
      await until(() => readdirSync(folder).filter((file) => new RegExp(`^${name}-\\d`).test(file)).length === count);
      writeFileSync(path(`${name}-other`), "");
      return (await Promise.all(all)).sort();
    };
    expect(await together(4, "four")).toEqual(["0", "0", "1", "1"]);
    for (const name of ["first", "second", "third"]) expect(await together(2, name)).toEqual(["0", "1"]);
  });

  drill(
    "a worker over its memory is ended: its task has one more try in a fresh one, and then has failed",
    async () => {
      const pool = openWith(400e6);
      expect(await pool.run(`grow ${path("grown")}`, () => undefined, signal)).toBe("second try");
      const error = await thrownBy(pool.run("grow", () => undefined, signal));
      expect(error).toBeInstanceOf(WorkerDied);
      expect((error as Error).message).toBe(
        "it used more than 0.4 GB; --memory raises the ceiling, fewer --jobs leave more for each",
      );
    },
  );

  test("a worker that is over its memory before it is ready is no task's fault", async () => {
    const error = await thrownBy(openWith(1e6, "late").run("echo hello", () => undefined, signal));
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toContain("ended before it was ready: it used more than 0.0 GB");
  });

  test("what the worker throws arrives: an error for the user whole, any other by its message", async () => {
    const pool = open();
    const refused = await thrownBy(pool.run("refuse a-file", () => undefined, signal));
    expect(refused).toBeInstanceOf(UserError);
    expect(refused).toMatchObject({
      exitCode: 3,
      faults: [{ where: "a-file", given: "given", accepted: "accepted", hint: "hint" }],
    });
    const failed = await thrownBy(pool.run("fail once", () => undefined, signal));
    expect(failed).not.toBeInstanceOf(UserError);
    expect(failed).toMatchObject({ message: "failed at once" });
  });

  test("a worker that can't begin says why", async () => {
    const refused = await thrownBy(open("broken").run("echo x", () => undefined, signal));
    expect(refused).toMatchObject({ exitCode: 4, message: "engine: not here" });
    expect(ready).toEqual([]);
  });

  test("a worker that ends before it is ready is no task's fault: nothing is retried", async () => {
    const error = await thrownBy(open("stillborn").run("echo x", () => undefined, signal));
    expect(error).toMatchObject({ exitCode: 4 });
    expect((error as Error).message).toMatch(/ended before it was ready[^]*exit code 7[^]*no such library[^]*--jobs 1/);
  });

  test("a worker that never starts is not waited for", async () => {
    const program = path("idle.mjs");
    writeFileSync(program, "setInterval(() => undefined, 1000);\n");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const pool = openPool({ program, setup: [] }, () => undefined);
    opened.push(pool);
    const error = thrownBy(pool.run("echo x", () => undefined, signal));
    await vi.advanceTimersByTimeAsync(START_SECONDS * 1000);
    expect(await error).toMatchObject({ exitCode: 4 });
    expect(((await error) as Error).message).toMatch(
      /ended before it was ready: it did not start in 300 s[^]*--jobs 1/,
    );
  });

  test("a worker that is killed before it is ready is started again", async () => {
    const killed = path("killed-at-start");
    expect(await open("killed-once", killed).run("echo x", () => undefined, signal)).toMatchObject({ detail: "x" });
    expect(existsSync(killed)).toBe(true);
  });

  test("a worker ends when its pool says so, not when its machine does", async () => {
    let progress = 0;
    const waiting = open().run(`wait ${path("terminated")}`, (amount) => (progress += amount), signal);
    const thrown = thrownBy(waiting);
    const pid = await pidIn(path("terminated"));
    process.kill(pid, "SIGTERM");
    const before = progress;
    await until(
      () => progress > before + 10,
      () => String(progress),
    );
    expect(isAlive(pid)).toBe(true);
    opened[0]!.close();
    expect(await thrown).toBeInstanceOf(WorkerDied);
  });

  test("a worker that dies costs its task one retry, and its progress is taken back", async () => {
    let progress = 0;
    const result = await open().run(`die-once ${path("died")}`, (amount) => (progress += amount), signal);
    expect(result).toBe("second try");
    expect(progress).toBe(0);
  });

  test("a task whose worker dies twice has failed, with the worker's last words", async () => {
    const error = await thrownBy(open().run("die-always", () => undefined, signal));
    expect(error).toBeInstanceOf(WorkerDied);
    expect((error as Error).message).toMatch(/exit code 9[^]*last words/);
  });

  test("a worker computes the next task while it writes one", async () => {
    const pool = open();
    const computed: unknown[] = [];
    const written = pool.run(
      `write ${path("may-be-written")}`,
      () => undefined,
      signal,
      () => computed.push("write"),
    );
    await until(() => computed.length > 0);
    const { pid } = (await pool.run("echo next", () => undefined, signal)) as { pid: number };
    writeFileSync(path("may-be-written"), "");
    expect(await written).toMatchObject({ pid });
    expect(ready).toHaveLength(1);
    expect(await pool.run("echo last", () => undefined, signal)).toMatchObject({ pid });
  });

  test("a worker that dies while it computes one task and writes another: each is told its own, one is retried", async () => {
    const pool = open();
    const computed: unknown[] = [];
    let progress = 0;
    const written = pool.run(
      `write ${path("never-written")}`,
      (amount) => (progress += amount),
      signal,
      () => computed.push("write"),
    );
    const lost = thrownBy(written);
    await until(() => computed.length > 0);
    expect(await pool.run(`die-once ${path("died-beside")}`, () => undefined, signal)).toBe("second try");
    expect(await lost).toBeInstanceOf(WorkerDied);
    expect(await lost).toMatchObject({ wasComputed: true });
    expect([computed, ready.length]).toEqual([["write"], 2]);
  });

  test("stops the task whose signal says so, not the one that is written meanwhile", async () => {
    const pool = open();
    const computed: unknown[] = [];
    const written = pool.run(
      `write ${path("written-after-stop")}`,
      () => undefined,
      signal,
      () => computed.push("write"),
    );
    await until(() => computed.length > 0);
    const stop = new AbortController();
    const waiting = thrownBy(pool.run(`wait ${path("stopped-beside")}`, () => undefined, stop.signal));
    await pidIn(path("stopped-beside"));
    stop.abort();
    expect(await waiting).toBeInstanceOf(Interrupted);
    writeFileSync(path("written-after-stop"), "");
    expect(await written).toMatchObject({ detail: path("written-after-stop") });
  });

  test("stops a task when the signal says so, and the worker goes on to the next", async () => {
    const pool = open();
    const stop = new AbortController();
    const waiting = thrownBy(pool.run(`wait ${path("waiting")}`, () => undefined, stop.signal));
    const waiter = await pidIn(path("waiting"));
    stop.abort();
    expect(await waiting).toBeInstanceOf(Interrupted);
    const { pid } = (await pool.run("echo again", () => undefined, signal)) as { pid: number };
    expect(pid).toBe(waiter);
    expect(await thrownBy(pool.run("echo never", () => undefined, stop.signal))).toBeInstanceOf(Interrupted);
  });

  test("closing ends the workers", async () => {
    const pool = open();
    const { pid } = (await pool.run("echo x", () => undefined, signal)) as { pid: number };
    expect(isAlive(pid)).toBe(true);
    pool.close();
    await until(() => !isAlive(pid));
  });

  test("workers do not outlive a pool that is killed", async () => {
    const script = `
      const { openPool } = await import(${JSON.stringify(join(packageRoot(), "dist", "src", "runs", "local", "pool.js"))});
      const pool = openPool({ program: ${JSON.stringify(PROGRAM)}, setup: [] }, () => undefined);
      await pool.run(${JSON.stringify(`wait ${path("orphan")}`)}, () => undefined, new AbortController().signal);`;
    writeFileSync(path("parent.mjs"), script);
    const parent = spawnGroup(process.execPath, [path("parent.mjs")]);
    const pid = await pidIn(path("orphan"));
    parent.kill("SIGKILL");
    await until(() => !isAlive(pid));
  });
});
