import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import { SILENT } from "../../../src/core/progress.js";
import type { Outcome } from "../../../src/runs/ledger.js";
import { execute, type CellExecutor, type Ground } from "../../../src/runs/local/execute.js";
import { openLeases } from "../../../src/records/leases.js";
import { thisProcess, type Holder } from "../../../src/records/holder.js";
import { openRunStore } from "../../../src/records/store.js";
import { configWriter } from "../../config/fixtures.js";
import { record, trialCell, tuneCell } from "../../records/fixtures.js";
import { openedDomains } from "../../support/domains.js";
import { scratchFolder } from "../../support/folder.js";
import { until } from "../../support/until.js";

const folder = scratchFolder();
const config = loadConfig({
  config: configWriter(folder)(`name: tiny
suite: { domains: [synthetic-rotated/0], protocol: { metaTest: [synthetic-rotated/0] } }
model: { kind: mlp, hidden: [6] }
training: { batchSize: 20, steps: 6 }
methods: [sgd]
tuning: { space: { learningRate: [0.1], weightDecay: [0.0001] } }
`),
});
const tuned = tuneCell(1, "sgd", "synthetic-rotated/0", 0.1);
const trial = { ...trialCell(2, "sgd", "synthetic-rotated/0", 0), dependsOn: [tuned.id] };
let number = 0;

/** An experiment of two runs, the second of which needs the first, on an executor that notes what it is asked. */
function stage() {
  const store = openRunStore(join(folder, String(number++)), "tiny");
  const asked: string[] = [];
  let refused = (): boolean => false;
  const executor: CellExecutor = {
    jobs: 1,
    run(cell) {
      asked.push(`run ${cell.phase}`);
      store.write(record(cell, { auc: 1 }), []);
      return Promise.resolve({ state: "done" });
    },
    giveUp(cell, reason) {
      asked.push(`give up ${cell.phase}`);
      store.write(record(cell, {}, { state: "failed", failure: reason }), []);
      return Promise.resolve({ state: "failed", reason });
    },
    close: () => undefined,
  };
  const run = (more: Partial<Ground> = {}): Promise<Outcome> => {
    const leases = openLeases(store.folder);
    onTestFinished(() => leases.close());
    const take = vi.spyOn(leases, "take");
    refused = () => take.mock.results.some(({ value }) => value === false);
    const ground = { config, domains: openedDomains(config, folder), store, leases, ...more };
    return execute([tuned, trial], ground, executor, SILENT, new AbortController().signal);
  };
  const takenBy = (holder: Holder, isComputed = false): void => {
    const leases = openLeases(store.folder, holder);
    onTestFinished(() => leases.close());
    expect(leases.take(tuned.id)).toBe(true);
    if (isComputed) leases.computed(tuned.id);
  };
  const fail = (): void => store.write(record(tuned, {}, { state: "failed", failure: "out of memory" }), []);
  /** Waits until a run has met another's lease. */
  const waits = (): Promise<void> => until(() => refused());
  return { store, asked, run, takenBy, fail, waits };
}
let began = 0;
/** Another process of this machine, which is dead: no process began then. */
const dead = (runs: number): Holder => ({ ...thisProcess(runs), began: `0${began++}`, token: `dead-${began}` });

describe("a run whose process died", () => {
  test("is run again once, and given up when two have died with it; the next command tries it anew", async () => {
    const { store, asked, run, takenBy } = stage();
    takenBy(dead(1));
    takenBy(dead(1));
    const { done, failed } = await run({ skipFailed: true });
    expect(asked).toEqual(["give up tune"]);
    expect([done, failed.map(({ id }) => id)]).toEqual([0, [tuned.id, trial.id]]);
    expect(failed[0]!.reason).toMatch(/^every process that ran it died: process \d+ on \S+; process \d+ on \S+$/);
    expect(store.failure(tuned.id)).toBe(failed[0]!.reason);
    expect(await run()).toMatchObject({ done: 2, failed: [] });
    expect(asked.slice(1)).toEqual(["run tune", "run trial"]);
  });

  test("begins anew with a new command, however often it was killed before", async () => {
    const { store, asked, run, takenBy } = stage();
    for (let i = 0; i < 5; i++) takenBy(dead(1));
    expect(await run()).toMatchObject({ done: 2, failed: [] });
    expect(asked).toEqual(["run tune", "run trial"]);
    expect(existsSync(join(store.folder, "leases", tuned.id))).toBe(false);
  });

  test("after its record was written leaves nothing behind", async () => {
    const { store, asked, run, takenBy } = stage();
    store.write(record(tuned, { auc: 1 }), []);
    takenBy(dead(1));
    expect(await run()).toMatchObject({ done: 1, alreadyDone: 1 });
    expect(asked).toEqual(["run trial"]);
    expect(existsSync(join(store.folder, "leases", tuned.id))).toBe(false);
  });

  test("counts deaths that happen while a command waits", async () => {
    const { store, asked, run, takenBy, waits } = stage();
    const other = openLeases(store.folder, { ...thisProcess(), token: "other" });
    onTestFinished(() => other.close());
    other.take(tuned.id);
    const running = run();
    await waits();
    other.release(tuned.id);
    for (let i = 0; i < 2; i++) takenBy(dead(1));
    expect((await running).failed.map(({ id }) => id)).toEqual([tuned.id, trial.id]);
    expect(asked).toEqual(["give up tune"]);
  });

  test("is run again after one death", async () => {
    const { asked, run, takenBy } = stage();
    takenBy(dead(1));
    expect(await run({ skipFailed: true })).toMatchObject({ done: 2 });
    expect(asked).toEqual(["run tune", "run trial"]);
  });

  test("bears a tenth of the blame where it was computed and only had to be written", async () => {
    const { asked, run, takenBy } = stage();
    takenBy(dead(1));
    for (let i = 0; i < 9; i++) takenBy(dead(1), true);
    expect(await run({ skipFailed: true })).toMatchObject({ done: 2 });
    const other = stage();
    for (let i = 0; i < 21; i++) other.takenBy(dead(1), true);
    expect(await other.run({ skipFailed: true })).toMatchObject({ done: 0 });
    expect([asked[0], other.asked[0]]).toEqual(["run tune", "give up tune"]);
  });

  test("bears its share of the blame when the process had several runs", async () => {
    const { asked, run, takenBy } = stage();
    for (let i = 0; i < 7; i++) takenBy(dead(4));
    expect(await run({ skipFailed: true })).toMatchObject({ done: 2 });
    const other = stage();
    for (let i = 0; i < 8; i++) other.takenBy(dead(4));
    expect(await other.run({ skipFailed: true })).toMatchObject({ done: 0 });
    expect([asked[0], other.asked[0]]).toEqual(["run tune", "give up tune"]);
  });
});

describe("a run that failed", () => {
  test("before is tried again, and its old record kept", async () => {
    const { store, run, fail } = stage();
    fail();
    expect(await run()).toMatchObject({ done: 2, failed: [] });
    expect(existsSync(join(store.folder, "runs", tuned.id, "failed.json"))).toBe(true);
    expect(store.read(tuned.id).state).toBe("done");
  });

  test("before is left alone when asked to", async () => {
    const { asked, run, fail } = stage();
    fail();
    const { failed } = await run({ skipFailed: true });
    expect(failed).toEqual([
      { id: tuned.id, reason: "out of memory" },
      { id: trial.id, reason: `needs run ${tuned.id}, which failed` },
    ]);
    expect(asked).toEqual([]);
  });

  test("in another process meanwhile has failed here too", async () => {
    const { store, asked, run, fail, waits } = stage();
    const other = openLeases(store.folder, { ...thisProcess(), token: "other" });
    onTestFinished(() => other.close());
    other.take(tuned.id);
    const running = run();
    await waits();
    fail();
    other.release(tuned.id);
    expect((await running).failed[0]).toEqual({ id: tuned.id, reason: "out of memory" });
    expect(asked).toEqual([]);
  });
});

test("what others have is not waited for longer than asked, and is counted", async () => {
  const { store, asked, run } = stage();
  const other = openLeases(store.folder, { ...thisProcess(), token: "other" });
  onTestFinished(() => other.close());
  other.take(tuned.id);
  expect(await run({ idleMinutes: 0.005 })).toEqual({
    done: 0,
    alreadyDone: 0,
    diverged: 0,
    skipped: 0,
    failed: [],
    left: 2,
  });
  expect(asked).toEqual([]);
  other.release(tuned.id);
  expect(await run({ idleMinutes: 0 })).toEqual({ done: 2, alreadyDone: 0, diverged: 0, skipped: 0, failed: [] });
});
