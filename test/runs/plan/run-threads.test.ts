import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type * as Os from "node:os";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { loadConfig, type ResolvedConfig } from "../../../src/config/load.js";
import { Interrupted } from "../../../src/core/errors.js";
import { packageRoot } from "../../../src/core/files.js";
import { sha256 } from "../../../src/core/hash.js";
import type * as Memory from "../../../src/core/memory.js";
import type * as Processor from "../../../src/core/processor.js";
import { findAddon } from "../../../src/engine/backends/tensorflow/location.js";
import type { Share } from "../../../src/engine/share.js";
import { writeCheckpoint } from "../../../src/records/checkpoint.js";
import type { RunRecord } from "../../../src/records/record.js";
import { openRunStore, type RunStore } from "../../../src/records/store.js";
import type { Computing, RunOptions } from "../../../src/runs/options.js";
import { crowding } from "../../../src/runs/plan/crowding.js";
import { fastestThreads } from "../../../src/runs/plan/fastest-threads.js";
import { makePlan } from "../../../src/runs/plan/make-plan.js";
import { runShare } from "../../../src/runs/plan/run-threads.js";
import type { Probed } from "../../../src/runs/plan/step-side.js";
import { z } from "zod";
import { CPU_ENGINE, record } from "../../records/fixtures.js";
import type { Stepped } from "../../../src/training/bench.js";
import { startProgram } from "../../support/binary.js";
import { openedDomains } from "../../support/domains.js";
import { engineOrNone } from "../../support/engines.js";
import { scratchFolder } from "../../support/folder.js";
import { seemingBuild, seemingGpus, TWO } from "../../support/gpus.js";
import { isAlive, pidIn } from "../../support/processes.js";
import { withoutOwnOperations } from "../../support/own-operations.js";
import { writeSmallConfig } from "../../support/small-config.js";
import { until } from "../../support/until.js";

const others = vi.hoisted(() => ({ use: 0 }));
const machine = vi.hoisted((): { memory: number | undefined } => ({ memory: undefined }));
vi.mock("../../../src/core/memory.js", async (original) => {
  const usual = await original<typeof Memory>();
  return { ...usual, memoryOfMachine: () => machine.memory ?? usual.memoryOfMachine() };
});
vi.mock("node:os", async (original) => ({
  ...(await original<typeof Os>()),
  availableParallelism: () => 2,
}));
vi.mock("../../../src/core/processor.js", async (original) => ({
  ...(await original<typeof Processor>()),
  watchOthers: () => () => others.use,
}));

const folder = scratchFolder();
const native = await engineOrNone("tensorflow");
let number = 0;
let cache: string;

beforeEach(() => {
  const usual = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  cache = join(folder, `cache-${number++}`);
  vi.stubEnv("METAMD_ENGINE_DIR", process.env.METAMD_ENGINE_DIR ?? join(usual, "metamd", "engine"));
  vi.stubEnv("XDG_CACHE_HOME", cache);
  others.use = 0;
});
afterEach(() => void vi.unstubAllEnvs());

const remembered = (): string => {
  const files = join(cache, "metamd", "threads");
  const [file, ...more] = readdirSync(files);
  expect(more).toEqual([]);
  return join(files, file!);
};

/** Steps whose process writes its pid into a file and is busy from then on. */
function steppedEndlessly(): Probed {
  const pid = join(folder, "probe");
  rmSync(pid, { force: true });
  const plugin = join(folder, "endless.mjs");
  const write = `writeFileSync(${JSON.stringify(pid)}, String(process.pid))`;
  const text = `import { writeFileSync } from "node:fs";\n${write};\nfor (;;);\n`;
  writeFileSync(plugin, text);
  const brought = { methods: [], learners: [], models: [] };
  return { ...STEPPED, pluginFiles: [{ file: plugin, written: plugin, sha256: sha256(text), ...brought }] };
}

const STEPPED: Stepped = { model: { kind: "mlp", hidden: [16] }, input: [28, 28, 1], classes: 10, batchSize: 20 };

describe.skipIf(native === undefined)("the threads with which steps are fastest", () => {
  test("are found, and remembered for the same model and batch on the same machine", async () => {
    const found = await fastestThreads(STEPPED);
    expect([1, 2]).toContain(found);
    expect(JSON.parse(readFileSync(remembered(), "utf8"))).toEqual({ threads: found });
    writeFileSync(remembered(), `{"threads":${3 - found}}`);
    expect(await fastestThreads(STEPPED)).toBe(3 - found);
    await fastestThreads({ ...STEPPED, batchSize: 21 });
    expect(readdirSync(join(cache, "metamd", "threads"))).toHaveLength(2);
  });

  test.each(["2.5", "0.3", "0", "-1", "5000", '"2"', "null"])(
    "are found anew where %s is remembered",
    async (wrong) => {
      await fastestThreads(STEPPED);
      writeFileSync(remembered(), `{"threads":${wrong}}`);
      const found = await fastestThreads(STEPPED);
      expect([1, 2]).toContain(found);
      expect(JSON.parse(readFileSync(remembered(), "utf8"))).toEqual({ threads: found });
    },
  );

  test("of a busy machine are not remembered", async () => {
    others.use = 0.3;
    await fastestThreads(STEPPED);
    expect(remembered).toThrow("ENOENT");
  });

  test("are found anew once the engine has operations of its own", async () => {
    const addon = findAddon() as { readonly folder: string };
    const engines = join(folder, "engines");
    const copy = withoutOwnOperations(engines, addon.folder);
    vi.stubEnv("METAMD_ENGINE_DIR", engines);
    await fastestThreads(STEPPED);
    const composed = remembered();
    for (const name of readdirSync(addon.folder).filter((name) => name.startsWith("kernels-")))
      symlinkSync(join(addon.folder, name), join(copy, name));
    await fastestThreads(STEPPED);
    expect(readdirSync(join(composed, ".."))).toHaveLength(2);
  });

  test("of a model that does not build are an error, and no process is left", async () => {
    const model = { ...STEPPED.model, kind: "none" } as unknown as Stepped["model"];
    await expect(fastestThreads({ ...STEPPED, model })).rejects.toThrow("could not be timed");
  });

  test("are said to be timed, when they are", async () => {
    const notices: string[] = [];
    const onNotice = (text: string): void => void notices.push(text);
    await fastestThreads(STEPPED, { onNotice });
    expect(notices).toEqual(["timing this model with up to 2 threads; on a quiet machine that is remembered"]);
    await fastestThreads(STEPPED, { onNotice });
    expect(notices).toHaveLength(1);
  });

  test("are timed no longer once that is interrupted, and no process is left", async () => {
    const stop = new AbortController();
    const found = fastestThreads(steppedEndlessly(), { signal: stop.signal }).catch((error: unknown) => error);
    const probe = await pidIn(join(folder, "probe"));
    stop.abort();
    expect(await found).toBeInstanceOf(Interrupted);
    expect(isAlive(probe)).toBe(false);
    expect(remembered).toThrow("ENOENT");
  });

  test("are timed no longer when the program was killed", async () => {
    const program = join(packageRoot(), "dist", "src", "runs", "plan", "fastest-threads.js");
    const code = `import(${JSON.stringify(program)}).then((it) => it.fastestThreads(${JSON.stringify(steppedEndlessly())}))`;
    const { pid } = startProgram(process.execPath, ["-e", code], { folder });
    const probe = await pidIn(join(folder, "probe"));
    process.kill(pid, "SIGKILL");
    await until(() => !isAlive(probe));
  });
});

describe.skipIf(native === undefined)("how runs slow each other down", () => {
  const crowd = { jobs: 2, threads: 1, engine: "tensorflow" } as const;
  const files = (): string => join(cache, "metamd", "crowding");

  test("is found, and remembered for the same steps and as many runs", async () => {
    const found = await crowding(STEPPED, crowd);
    expect(found).toBeGreaterThanOrEqual(1);
    const [file] = readdirSync(files());
    expect(JSON.parse(readFileSync(join(files(), file!), "utf8"))).toEqual({ crowding: found });
    writeFileSync(join(files(), file!), `{"crowding":1.75}`);
    expect(await crowding(STEPPED, crowd)).toBe(1.75);
    for (const wrong of [7, 0.5]) {
      writeFileSync(join(files(), file!), `{"crowding":${wrong}}`);
      expect(await crowding(STEPPED, crowd)).not.toBe(wrong);
    }
    expect(await crowding(STEPPED, { ...crowd, jobs: 1 })).toBe(1);
  });

  test("of a busy machine is not remembered, and of other engines is found too", async () => {
    others.use = 0.3;
    expect(await crowding(STEPPED, { ...crowd, engine: "reference" })).toBeGreaterThanOrEqual(1);
    expect(existsSync(files())).toBe(false);
  });
});

test("GPUs that are asked for and that no run is left for are told of", async () => {
  vi.stubEnv("CUDA_VISIBLE_DEVICES", undefined);
  seemingGpus(join(folder, "smi"), TWO);
  seemingBuild(join(folder, "cuda"), "gpu");
  const config = loadConfig({ config: writeSmallConfig(folder) });
  const { cells } = makePlan(config, folder);
  const shared = { config, cells, domains: openedDomains(config, folder) };
  const noticesWith = async (computing: Computing): Promise<string[]> => {
    const notices: string[] = [];
    const store = openRunStore(join(folder, `results-${number++}`), "t");
    await runShare({ ...shared, store }, { ...computing, onNotice: (text) => void notices.push(text) });
    return notices;
  };
  expect(await noticesWith({ gpus: ["0", "1"], jobs: 1 })).toEqual([
    "GPU 1 of --gpus will be idle: --jobs 1 has 1 run at a time; --jobs 2 has one on each",
  ]);
  for (const computing of [{ gpus: ["0", "1"], jobs: 2 }, { gpus: ["1"], jobs: 1 }, { jobs: 1 }])
    expect(await noticesWith(computing)).toEqual([]);
});

describe.skipIf(native === undefined)("runs at a time that nobody counts out", () => {
  afterEach(() => void (machine.memory = undefined));
  const shareIn = async (memory: number, computing: Computing, ...set: string[]): Promise<[Share, string[]]> => {
    machine.memory = memory;
    const config = loadConfig({ config: writeSmallConfig(folder), set });
    const notices: string[] = [];
    const store = openRunStore(join(folder, `results-${number++}`), "t");
    const shared = { config, cells: makePlan(config, folder).cells, store, domains: openedDomains(config, folder) };
    const share = await runShare(shared, { ...computing, onNotice: (text) => notices.push(text) });
    return [share, notices];
  };
  const LARGE = ["model={kind: resnet18}", "suite.image={size: 224, channels: 3}", "training.batchSize=64"];

  test("are as many as the memory has room for", async () => {
    expect(await shareIn(16e9, {}, ...LARGE)).toMatchObject([{ jobs: 2, threads: 1 }, []]);
    const [share, notices] = await shareIn(4.4e9, {}, ...LARGE);
    expect(share).toMatchObject({ jobs: 1, threads: 2 });
    expect(notices).toEqual([
      expect.stringMatching(/^1 run at a time, not 2: one may hold [23]\.\d GB of memory; --jobs says otherwise$/),
    ]);
  });

  test("are fewer where one learns and holds many times what it trains", async () => {
    const short = "metaTraining.l2o={episodes: 1, validationEpisodes: 1, unroll: 10}";
    const learning = ["model={kind: mlp, hidden: [1000, 1000]}", "methods=[l2o]", short];
    expect(await shareIn(5.6e9, {}, ...learning, "methods=[sgd]")).toMatchObject([{ jobs: 2 }, []]);
    const [share, notices] = await shareIn(5.6e9, {}, ...learning);
    expect(share).toMatchObject({ jobs: 1, threads: 2 });
    expect(notices).toEqual([expect.stringMatching(/^1 run at a time, not 2: one may hold [234]\.\d GB of memory/)]);
  });

  test("are what is asked for, and small models' as many as there are processors", async () => {
    expect(await shareIn(4.4e9, { jobs: 2 }, ...LARGE)).toMatchObject([{ jobs: 2 }, []]);
    expect(await shareIn(4.4e9, {})).toMatchObject([{ jobs: 2, threads: 1 }, []]);
  });
});

describe.skipIf(native === undefined)("one run at a time", () => {
  const config = (...set: string[]): ResolvedConfig => loadConfig({ config: writeSmallConfig(folder), set });
  const opened = (): RunStore => openRunStore(join(folder, `results-${number++}`), "t");
  const shareOf = (
    store: RunStore,
    computing: Computing & Pick<RunOptions, "signal" | "onNotice">,
    of = config(),
  ): Promise<Share> => {
    const { cells } = makePlan(of, folder);
    return runShare({ config: of, cells, store, domains: openedDomains(of, folder) }, { jobs: 1, ...computing });
  };
  const threadsOf = async (...given: Parameters<typeof shareOf>): Promise<number> => (await shareOf(...given)).threads;
  const [cell] = makePlan(config(), folder).cells;
  const begun = (engine: Partial<RunRecord["engine"]>): RunStore => {
    const store = opened();
    const held = record(cell!, { auc: 1 });
    store.write({ ...held, engine: { ...held.engine, name: "tensorflow", gpu: false, ...engine } }, []);
    return store;
  };

  test("has as many threads as the runs before it, whatever is fastest", async () => {
    for (const threads of [1, 2]) expect(await threadsOf(begun({ threads }), {})).toBe(threads);
  });

  test("goes on with the threads that it was stopped with", async () => {
    const store = opened();
    writeCheckpoint(store.checkpointFolder(cell!.id), z.object({}), {
      tensors: {},
      progress: {},
      engines: [{ ...CPU_ENGINE, threads: 1 }],
    });
    expect(await threadsOf(store, {})).toBe(1);
  });

  test("has what it is told, and its share where the runs before say nothing of this engine", async () => {
    expect(await threadsOf(begun({ threads: 1 }), { threads: 2 })).toBe(2);
    expect(await threadsOf(begun({ threads: 1, name: "wasm" }), {})).toBe(2);
    expect(await threadsOf(begun({ threads: 1, gpu: true }), {})).toBe(2);
    expect(await threadsOf(begun({ threads: 64 }), {})).toBe(2);
    expect(await threadsOf(begun({ threads: 2 }), { jobs: 2 })).toBe(1);
    expect(await threadsOf(begun({ threads: 2 }), { engine: "wasm" })).toBe(1);
  });

  test("is told where its threads are other than those of the runs before it", async () => {
    const notices: string[] = [];
    const onNotice = (text: string): void => void notices.push(text);
    for (const computing of [{ jobs: 2 }, { threads: 1 }])
      expect(await threadsOf(begun({ threads: 2 }), { ...computing, onNotice })).toBe(1);
    const told =
      "runs of this experiment were computed with 2 threads, and these are with 1: the last digits of their numbers hang on " +
      "it, and tables say so; --jobs 1 --threads 2 goes on as before";
    expect(notices).toEqual([told, told]);
    await threadsOf(begun({ threads: 1 }), { jobs: 2, onNotice });
    await threadsOf(begun({ threads: 2 }), { engine: "wasm", onNotice });
    const finished = begun({ threads: 2 });
    const { cells } = makePlan(config(), folder);
    for (const { id } of cells.slice(1)) finished.write({ ...record(cell!, { auc: 1 }), id }, []);
    await threadsOf(finished, { threads: 1, onNotice });
    expect(notices).toHaveLength(2);
  });

  test("is told where its engine has no threads", async () => {
    const notices: string[] = [];
    const onNotice = (text: string): void => void notices.push(text);
    expect(await threadsOf(opened(), { engine: "wasm", threads: 4, onNotice })).toBe(1);
    expect(notices).toEqual(["4 threads are asked for, but only engine tensorflow has more than one"]);
    await threadsOf(opened(), { engine: "wasm", threads: 1, onNotice });
    expect(notices).toHaveLength(1);
  });

  test("of few steps is not probed; of many it has what is fastest", async () => {
    expect(await threadsOf(opened(), {})).toBe(2);
    const long = config("training.steps=3000");
    const found = await threadsOf(opened(), {}, long);
    writeFileSync(remembered(), `{"threads":${3 - found}}`);
    expect(await threadsOf(opened(), {}, long)).toBe(3 - found);
  });

  test("is not begun with all processors where its probe was interrupted", async () => {
    const stop = new AbortController();
    const watch = { signal: stop.signal, onNotice: () => stop.abort() };
    await expect(shareOf(opened(), watch, config("training.steps=3000"))).rejects.toThrow(Interrupted);
  });
});
