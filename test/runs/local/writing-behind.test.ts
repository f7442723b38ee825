import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import { EXIT, Interrupted, UserError } from "../../../src/core/errors.js";
import { SILENT } from "../../../src/core/progress.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { TakenOver } from "../../../src/records/fence.js";
import { openLeases, type Leases } from "../../../src/records/leases.js";
import { writeRunFiles } from "../../../src/records/run-files.js";
import { openRunStore, type RunStore } from "../../../src/records/store.js";
import type { Outcome } from "../../../src/runs/ledger.js";
import { execute, type CellExecutor, type CellResult } from "../../../src/runs/local/execute.js";
import { inThisProcess } from "../../../src/runs/local/in-process.js";
import { openRunWriter, type RunWriter } from "../../../src/runs/local/writer.js";
import { makePlan } from "../../../src/runs/plan/make-plan.js";
import { configWriter } from "../../config/fixtures.js";
import { openedDomains } from "../../support/domains.js";
import { record } from "../../records/fixtures.js";
import { scratchFolder } from "../../support/folder.js";
import { smallExperiment } from "../../support/small-experiment.js";
import { until } from "../../support/until.js";

const folder = scratchFolder();
const data = join(folder, "datasets");
const config = loadConfig({
  config: configWriter(folder)(
    smallExperiment({
      name: "tiny",
      suite: {
        domains: ["synthetic-rotated/0"],
        protocol: { metaTest: ["synthetic-rotated/0"] },
        limits: { trainImages: 60, validationImages: 30, testImages: 40 },
      },
      model: { hidden: [6] },
      training: { steps: 6, aucWindowSteps: 2 },
      methods: ["sgd"],
      tuning: { space: { learningRate: [0.1, 0.2, 0.3], weightDecay: [0.0001] } },
      trials: 1,
    }),
  ),
});
const plan = makePlan(config, data);
const tuning = plan.cells.filter(({ phase }) => phase === "tune");
let number = 0;

interface Stage {
  readonly store: RunStore;
  readonly leases: Leases;
  run(executor: CellExecutor, signal?: AbortSignal): Promise<Outcome>;
  /** An executor of this process. */
  here(writer?: RunWriter): Promise<CellExecutor>;
}

function stage(): Stage {
  const store = openRunStore(join(folder, String(number++)), "tiny");
  const leases = openLeases(store.folder);
  onTestFinished(() => leases.close());
  return {
    store,
    leases,
    run(executor, signal = new AbortController().signal) {
      const ground = { config, domains: openedDomains(config, data), store, leases };
      return execute(plan.cells, ground, executor, SILENT, signal);
    },
    async here(writer) {
      const executor = inThisProcess(plan, config, store, await openNamedEngine("reference"), data, writer);
      onTestFinished(() => executor.close());
      return executor;
    },
  };
}

/** Notes what it is asked, and ends a run's writing when it is told. */
function byHand(jobs: number) {
  const begun: string[] = [];
  const computed = new Map<string, () => void>();
  const written = new Map<string, (result: CellResult) => void>();
  const executor: CellExecutor = {
    jobs,
    run(cell, _fence, _onProgress, _signal, onComputed) {
      begun.push(cell.id);
      computed.set(cell.id, onComputed);
      return new Promise((resolve) => written.set(cell.id, resolve));
    },
    giveUp: () => expect.fail("nothing is given up"),
    close: () => undefined,
  };
  return { executor, begun, computed, written };
}
const turn = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 20));

describe("while a run is written", () => {
  test("the next is computed, one a job; what needs it waits", async () => {
    const { run, leases } = stage();
    const { executor, begun, computed, written } = byHand(1);
    const ids = tuning.map(({ id }) => id);
    const outcome = run(executor);
    await until(() => begun.length === 1);
    await turn();
    expect(begun).toEqual(ids.slice(0, 1));
    computed.get(ids[0]!)!();
    await until(() => begun.length === 2);
    await turn();
    expect(begun).toEqual(ids.slice(0, 2));
    expect(ids.map((id) => leases.stands(id))).toEqual([true, true, false]);
    computed.get(ids[1]!)!();
    await until(() => begun.length === 3);
    computed.get(ids[2]!)!();
    written.get(ids[2]!)!({ state: "done" });
    written.get(ids[0]!)!({ state: "diverged" });
    await turn();
    expect(begun).toEqual(ids); // the trial needs all of them
    written.get(ids[1]!)!({ state: "done" });
    await until(() => begun.length === 4);
    written.get(begun[3]!)!({ state: "done" });
    expect(await outcome).toMatchObject({ done: 4, diverged: 1, failed: [] });
  });

  test("a stop begins nothing more, and waits for what is written", async () => {
    const { run } = stage();
    const { executor, begun, computed, written } = byHand(1);
    const stop = new AbortController();
    let hasEnded = false;
    const outcome = run(executor, stop.signal)
      .catch((error: unknown) => error)
      .finally(() => (hasEnded = true));
    await until(() => begun.length === 1);
    stop.abort();
    computed.get(begun[0]!)!();
    await turn();
    expect([begun.length, hasEnded]).toEqual([1, false]);
    written.get(begun[0]!)!({ state: "done" });
    expect(await outcome).toBeInstanceOf(Interrupted);
  });

  test("what its process died with before it was written is computed again", async () => {
    const { run } = stage();
    const { executor, begun, computed, written } = byHand(2);
    const [first, second] = tuning.map(({ id }) => id);
    const outcome = run(executor);
    await until(() => begun.length === 2);
    computed.get(first!)!();
    await until(() => begun.length === 3);
    written.get(first!)!({ state: "lost" });
    written.get(second!)!({ state: "done" });
    await until(() => begun.length === 4);
    expect(begun[3]).toBe(first);
    for (const id of begun.slice(2)) written.get(id)!({ state: "done" });
    await until(() => begun.length === 5);
    written.get(begun[4]!)!({ state: "done" });
    expect(await outcome).toMatchObject({ done: 4, failed: [] });
  });

  test("what its process died with once it was written has ended, by this command", async () => {
    const { run, store } = stage();
    const { executor, begun, written } = byHand(1);
    const outcome = run(executor);
    for (const [i, cell] of plan.cells.entries()) {
      await until(() => begun.length === i + 1);
      expect(begun[i]).toBe(cell.id);
      if (i === 0)
        store.write(record(cell, { auc: 1 }, { state: "diverged", divergence: { step: 1, brokenGradients: [] } }), []);
      written.get(cell.id)!({ state: i === 0 ? "lost" : "done" });
    }
    expect(await outcome).toMatchObject({ done: 4, diverged: 1, alreadyDone: 0, failed: [] });
  });

  test("what no process lives to write is given up", async () => {
    const { run } = stage();
    const [first] = tuning;
    let tries = 0;
    const executor: CellExecutor = {
      jobs: 1,
      run: ({ id }) => Promise.resolve({ state: id === first!.id && ++tries > 0 ? "lost" : "done" }),
      giveUp: (_cell, reason) => Promise.resolve({ state: "failed", reason }),
      close: () => undefined,
    };
    const { failed } = await run(executor);
    expect(tries).toBe(20);
    expect(failed[0]).toEqual({ id: first!.id, reason: "20 times a process died that was writing it" });
  });
});

describe("a process writes its runs behind", () => {
  test("one at a time, and each before its result is told", async () => {
    const { store, run, here } = stage();
    const events: string[] = [];
    const nameOf = (id: string): string => String(plan.cells.findIndex((cell) => cell.id === id));
    const writer: RunWriter = {
      async write(files, { id }) {
        events.push(`write ${nameOf(id)}`);
        await turn();
        writeRunFiles(files);
        events.push(`written ${nameOf(id)}`);
      },
      close: () => undefined,
    };
    const own = await here(writer);
    const executor: CellExecutor = {
      ...own,
      async run(cell, fence, onProgress, signal, onComputed) {
        events.push(`run ${nameOf(cell.id)}`);
        const result = await own.run(cell, fence, onProgress, signal, onComputed);
        expect(store.has(cell.id)).toBe(true);
        return result;
      },
    };
    expect(await run(executor)).toMatchObject({ done: 4, failed: [] });
    expect(events).toEqual([
      ...["run 0", "write 0", "run 1", "written 0", "write 1", "run 2", "written 1", "write 2", "written 2"],
      ...["run 3", "write 3", "written 3"],
    ]);
  });

  test("what another has taken over meanwhile is not this one's result, and the rest goes on", async () => {
    const { store, run, here } = stage();
    let writes = 0;
    const writer: RunWriter = {
      write(files, fence) {
        if (writes++ === 0) return Promise.reject(new TakenOver(fence.id));
        writeRunFiles(files);
        return Promise.resolve();
      },
      close: () => undefined,
    };
    expect(await run(await here(writer))).toMatchObject({ done: 4, failed: [] });
    expect([writes, plan.cells.every(({ id }) => store.has(id))]).toEqual([5, true]);
  });

  test("an error of the disk ends the command with its own words, not with those of a run beside", async () => {
    const { store, run, here } = stage();
    const refused = new UserError(EXIT.usage, { where: store.folder, given: "ENOSPC: no space left on device" });
    const writer: RunWriter = { write: () => turn().then(() => Promise.reject(refused)), close: () => undefined };
    const thrown: unknown = await run(await here(writer)).catch((error: unknown) => error);
    expect(thrown).toBe(refused);
    expect(plan.cells.map(({ id }) => store.failure(id))).toEqual(plan.cells.map(() => undefined));
    expect(await run(await here())).toMatchObject({ done: 4, failed: [] });
  });
});

describe("the thread that writes", () => {
  const [cell] = tuning;
  async function files() {
    const { store, leases, run, here } = stage();
    await run(await here());
    const [record, curve] = [store.read(cell!.id), store.curve(cell!.id)];
    const other = openRunStore(join(folder, String(number++)), "tiny");
    const theirs = openLeases(other.folder);
    onTestFinished(() => theirs.close());
    theirs.take(cell!.id);
    return { store: other, leases: theirs, ours: leases, files: other.files(record, curve), record, curve };
  }
  function open(): RunWriter {
    const writer = openRunWriter();
    onTestFinished(() => writer.close());
    return writer;
  }

  test("writes what the store would, with checksums", async () => {
    const { store, leases, files: all, record, curve } = await files();
    await open().write(all, leases.fence(cell!.id));
    expect([store.read(cell!.id), store.curve(cell!.id)]).toEqual([record, curve]);
    expect(existsSync(join(store.runFolder(cell!.id), "SHA256SUMS"))).toBe(true);
  });

  test("writes nothing of a run that another process has", async () => {
    const { store, leases, files: all } = await files();
    const fence = { ...leases.fence(cell!.id), token: "another" };
    await expect(open().write(all, fence)).rejects.toBeInstanceOf(TakenOver);
    expect(existsSync(store.runFolder(cell!.id))).toBe(false);
  });

  test("says what the disk refuses, for the user", async () => {
    const { leases, files: all } = await files();
    const blocked = { ...all, runFolder: join(import.meta.filename, "run") };
    const error: unknown = await open()
      .write(blocked, leases.fence(cell!.id))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ exitCode: EXIT.usage, faults: [{ where: all.experimentFolder }] });
  });

  test("where it has ended, the files are written without it", async () => {
    const { store, leases, files: all } = await files();
    const writer = openRunWriter();
    writer.close();
    await writer.write(all, leases.fence(cell!.id));
    expect(store.has(cell!.id)).toBe(true);
  });
});
