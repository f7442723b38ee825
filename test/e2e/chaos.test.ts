import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { expect } from "vitest";
import { namedStream } from "../../src/core/rng.js";
import { start, type Running } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { childrenOf } from "../support/processes.js";
import { drill } from "../support/require.js";
import { smallExperiment } from "../support/small-experiment.js";
import { until } from "../support/until.js";

const folder = scratchFolder();
/** At moments that differ from run to run, while there are runs to come. */
const KILLS = 50;
const TRIALS = 8;
const METHODS = ["sgd", "sgd_momentum", "adam", "rmsprop", "metamd"];
/** Every method has 4 x 2 tuning runs and its trials; one is meta-trained. */
const CELLS = METHODS.length * (4 * 2 + TRIALS) + 1;
const CONFIG = smallExperiment({
  name: "chaos",
  methods: METHODS,
  metaTraining: { metamd: { outerSteps: 3, innerSteps: 20 } },
  tuning: { seeds: 2, space: { learningRate: [0.3, 0.1, 0.03, 0.01] } },
  trials: TRIALS,
});
writeFileSync(join(folder, "chaos.yaml"), CONFIG);
const run = (results: string, jobs: number): Running =>
  start(folder, ["run", "--config", "chaos.yaml", "--engine", "wasm", "--results", results, "--jobs", String(jobs)]);
const at = (results: string, ...path: string[]): string => join(folder, results, "chaos", ...path);
const text = (results: string, name: string): string => readFileSync(at(results, name), "utf8");

/** Tables and run ids are those of the run that nothing disturbed; every run has one record and nothing is left over. */
function expectWhole(results: string): void {
  for (const name of ["accuracy.csv", "auc.csv", "accuracy.runs.json", "auc.runs.json"])
    expect(text(results, name), name).toBe(text("whole", name));
  const runs = (of: string): string[] =>
    (parse(text(of, "runs.csv"), { columns: true }) as Record<string, string>[]).map(
      (row) => `${row.run_id} ${row.phase} ${row.val_acc} ${row.test_acc} ${row.auc} ${row.state}`,
    );
  expect(runs(results)).toEqual(runs("whole"));
  const losses = (of: string): string[] =>
    text(of, "curves.csv")
      .replace(/,[^,\n]*(,[^,\n]*)$/gm, "$1")
      .split("\n");
  expect(losses(results)).toEqual(losses("whole"));
  expect(new Set(runs(results)).size).toBe(CELLS);
  expect(readdirSync(at(results, "runs")).sort()).toEqual(readdirSync(at("whole", "runs")).sort());
  for (const id of readdirSync(at(results, "runs")))
    expect(existsSync(at(results, "runs", id, "checkpoint")), `checkpoint of ${id}`).toBe(false);
  const taken = readdirSync(at(results, "leases")).filter((name) => !name.startsWith("beat-"));
  expect(taken).toEqual([]);
}

drill("an undisturbed run", async () => {
  const { code, stderr } = await run("whole", 2).ended;
  expect(stderr).toContain(`${CELLS} runs done (0 diverged), 0 were done before, 0 failed`);
  expect(code).toBe(0);
});

drill("kill -9 of workers and parents at any moment loses no run and doubles none", async () => {
  const random = namedStream(1, "chaos");
  const killed = { workers: 0, parents: 0 };
  const total = (): number => killed.workers + killed.parents;
  /** When each record was first seen finished: it must not be written again. */
  const finished = new Map<string, number>();
  const look = (): void => {
    if (!existsSync(at("chaotic", "runs"))) return;
    for (const id of readdirSync(at("chaotic", "runs"))) {
      const path = at("chaotic", "runs", id, "record.json");
      if (finished.has(id) || !existsSync(path)) continue;
      const before = statSync(path).mtimeMs;
      if ((JSON.parse(readFileSync(path, "utf8")) as { state: string }).state !== "failed") finished.set(id, before);
    }
  };
  let code: number | null = null;
  for (let starts = 0; code !== 0; starts++) {
    expect(starts, "starts").toBeLessThan(100);
    const parent = run("chaotic", 4);
    while (!parent.over && total() < KILLS) {
      // Mostly a few steps on, so that a slow machine gets on too; sometimes at any moment, also while all of them start.
      if (random() < 0.8) await changes(1 + Math.floor(3 * random()), parent);
      else await new Promise((resolve) => setTimeout(resolve, 500 * random()));
      look();
      if (parent.over) break;
      const workers = childrenOf(parent.pid);
      const victim = total() % 4 < 3 ? workers[Math.floor(random() * workers.length)] : parent.pid;
      if (victim === undefined) continue;
      if (!kill(victim)) continue;
      if (victim === parent.pid) killed.parents++;
      else killed.workers++;
    }
    ({ code } = await parent.ended);
    look();
  }
  expect(total()).toBeGreaterThanOrEqual(KILLS);
  expect(killed.parents).toBeGreaterThanOrEqual(Math.floor(KILLS / 4));
  expect(finished.size).toBe(CELLS);
  for (const [id, mtime] of finished)
    expect(statSync(at("chaotic", "runs", id, "record.json")).mtimeMs, `record of ${id}`).toBe(mtime);
  expectWhole("chaotic");
});

drill("two at once share the runs: both end, none is run twice", async () => {
  const both = await Promise.all([run("shared", 2).ended, run("shared", 2).ended]);
  const counts = both.map(({ code, stderr }) => {
    expect(code, stderr).toBe(0);
    return Number(/(\d+) runs done/.exec(stderr)![1]);
  });
  expect(counts[0]! + counts[1]!).toBe(CELLS);
  expect(Math.min(...counts)).toBeGreaterThan(0);
  expectWhole("shared");
});

/** Waits until runs were taken, finished or given back so many times, or the process is over. */
async function changes(count: number, parent: Running): Promise<void> {
  const state = (): string =>
    ["runs", "leases"].map((name) => (existsSync(at("chaotic", name)) ? readdirSync(at("chaotic", name)) : [])).join();
  let [last, seen] = [state(), 0];
  await until(
    () => {
      const now = state();
      if (now !== last) seen++;
      last = now;
      return seen >= count || parent.over;
    },
    () => last,
  );
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}
