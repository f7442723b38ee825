import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import fc from "fast-check";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { packageRoot } from "../../../src/core/files.js";
import { LAST_BATCHES } from "../../../src/data/batches/order.js";
import type { BatchRecipe } from "../../../src/data/batches/recipe.js";
import { inSharedMemory } from "../../../src/data/bytes.js";
import { madeOnDemand, type BatchSource } from "../../../src/data/batches/source.js";
import { batchThreads, type BatchThreads } from "../../../src/data/batches/threads.js";
import type { Split } from "../../../src/data/dataset.js";
import { inNode } from "../../support/binary.js";
import { scratchFolder } from "../../support/folder.js";

const folder = scratchFolder();
const COUNT = 23;
const shape = { height: 4, width: 3, channels: 3 };
const pixels = inSharedMemory([Uint8Array.from({ length: COUNT * 36 }, (_unused, i) => (i * 89) % 251)]);
const inMemory: Split = {
  shape,
  images: pixels,
  labels: Uint16Array.from({ length: COUNT }, (_unused, i) => i),
  count: COUNT,
};
const recipe: BatchRecipe = {
  split: inMemory,
  normalisation: { mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] },
  batchSize: 5,
  shuffle: { seed: 3, lastBatch: "partial" },
  augmentation: { crop: 1, flip: true },
};

const shuffledBy = (seed: number): Pick<BatchRecipe, "shuffle"> => ({ shuffle: { seed, lastBatch: "partial" } });

/** The same images in a file, the other way round. */
function onDisk(name: string): Split & { images: { path: string } } {
  const path = join(folder, name);
  const rows = Array.from({ length: COUNT }, (_unused, i) => pixels.slice(i * 36, (i + 1) * 36));
  writeFileSync(path, Buffer.concat(rows.reverse()));
  const places = Int32Array.from({ length: COUNT }, (_unused, i) => COUNT - 1 - i);
  return { ...inMemory, images: { path, places } };
}

const copy = ({ size, pixels, labels }: ReturnType<BatchSource["at"]>): object => ({
  pixels: [...pixels.subarray(0, size * 36)],
  labels: [...labels.subarray(0, size)],
});
const batchesOf = (source: BatchSource, steps: readonly number[]): object[] => steps.map((t) => copy(source.at(t)));
const steps = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_unused, i) => first + i);
const onDemand = (held: BatchRecipe, wanted: readonly number[]): object[] => {
  const source = madeOnDemand(held);
  const made = batchesOf(source, wanted);
  source.close();
  return made;
};

const started: Worker[] = [];
/** The threads that were started since this was last asked; node tells of them a tick later. */
const newThreads = async (): Promise<Worker[]> => {
  await new Promise((resolve) => setImmediate(resolve));
  return started.splice(0);
};
const onWorker = (worker: Worker): void => void started.push(worker);
process.on("worker", onWorker);
afterAll(() => void process.off("worker", onWorker));
const pools: BatchThreads[] = [];
const pool = (count: number, options?: Parameters<typeof batchThreads>[1]): BatchThreads => {
  const threads = batchThreads(count, options);
  pools.push(threads);
  return threads;
};
afterEach(() => Promise.all(pools.splice(0).map((threads) => threads.close())));

describe("batches from threads", () => {
  const [one, three] = [batchThreads(1), batchThreads(3)];
  afterAll(() => Promise.all([one.close(), three.close()]));

  it("are those made on demand, whatever the number of threads, the recipe and the order of steps", () => {
    const stored = onDisk("images.u8");
    const recipes = fc.record(
      {
        split: fc.constantFrom(inMemory, stored),
        normalisation: fc.constant(recipe.normalisation),
        batchSize: fc.integer({ min: 1, max: 30 }),
        shuffle: fc.record({ seed: fc.nat(), lastBatch: fc.constantFrom(...LAST_BATCHES) }),
        only: fc.constantFrom(undefined, Int32Array.of(20, 3, 7, 11, 0, 22, 9)),
        augmentation: fc.constantFrom(undefined, { crop: 1, flip: true }, { crop: 0, flip: true }),
      },
      { requiredKeys: ["split", "normalisation", "batchSize", "shuffle"] },
    ) as fc.Arbitrary<BatchRecipe>;
    const run = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 12 }));
    fc.assert(
      fc.property(recipes, fc.array(run, { minLength: 1, maxLength: 4 }), (held, runs) => {
        const wanted = runs.flatMap(([first, length]) => steps(first, first + length));
        const expected = onDemand(held, wanted);
        for (const threads of [one, three]) {
          const source = threads.open(held);
          expect(batchesOf(source, wanted)).toEqual(expected);
          source.close();
        }
      }),
      { numRuns: 60 },
    );
  });

  it("resumed in the middle are those of an uninterrupted run, forwards and backwards", () => {
    const whole = onDemand(recipe, steps(1, 30));
    const source = three.open(recipe);
    expect(batchesOf(source, steps(13, 30))).toEqual(whole.slice(12));
    expect(batchesOf(source, steps(1, 30).reverse())).toEqual([...whole].reverse());
    source.close();
    expect(batchesOf(source, steps(4, 6))).toEqual(whole.slice(3, 6));
    source.close();
  });

  it("several runs at the same time do not wait for each other", () => {
    const others = [0, 1, 2].map((seed) => ({ ...recipe, ...shuffledBy(seed) }));
    const sources = others.map((held) => one.open(held));
    const made = steps(1, 20).map((t) => sources.map((source) => copy(source.at(t))));
    sources.forEach((source) => source.close());
    others.forEach((held, i) => expect(made.map((batches) => batches[i])).toEqual(onDemand(held, steps(1, 20))));
  });

  it("of an evaluation end with the split", () => {
    const plain = { split: inMemory, normalisation: recipe.normalisation, batchSize: 5 };
    const source = three.open(plain);
    expect(batchesOf(source, steps(1, 5))).toEqual(onDemand(plain, steps(1, 5)));
    source.close();
  });

  it("differ by seed and by step, and an image looks different in every epoch", () => {
    const images = (seed: number, t: number): object[] =>
      onDemand({ ...recipe, ...shuffledBy(seed), batchSize: COUNT }, [t]);
    expect(images(0, 1)).toEqual(images(0, 1));
    expect(images(0, 1)).not.toEqual(images(1, 1));
    const first = { ...recipe, only: Int32Array.of(4), batchSize: 1 };
    const looks = onDemand(first, steps(1, 30)).map((batch) => JSON.stringify(batch));
    expect(new Set(looks).size).toBeGreaterThan(8);
  });
});

describe("threads", () => {
  it("start with the first batch, serve all runs, and end", async () => {
    const threads = pool(2);
    expect(threads.running).toBe(0);
    await newThreads();
    for (let run = 0; run < 20; run++) {
      const source = threads.open({ ...recipe, ...shuffledBy(run) });
      source.at(1);
      source.close();
    }
    expect(threads.running).toBe(2);
    const workers = await newThreads();
    expect(workers).toHaveLength(2);
    await threads.close();
    expect(threads.running).toBe(0);
    expect(workers.map(({ threadId }) => threadId)).toEqual([-1, -1]);
  });

  it("do not keep a process from ending, also in the middle of a run", async () => {
    const program = `
      import { batchThreads } from ${JSON.stringify(join(packageRoot(), "dist/src/data/batches/threads.js"))};
      const split = { shape: { height: 1, width: 1, channels: 1 }, images: Uint8Array.of(1, 2), labels: Uint16Array.of(0, 1), count: 2 };
      const source = batchThreads(2).open({ split, normalisation: { mean: [0], std: [1] }, batchSize: 1, shuffle: { seed: 0, lastBatch: "drop" } });
      process.stdout.write(String(source.at(7).size));`;
    expect(await inNode(program)).toEqual({ code: 0, signal: null, stdout: "1", stderr: "" });
  });

  it("what goes wrong in one is thrown where its batch is asked for; other runs go on", () => {
    const stored = onDisk("shortened.u8");
    truncateSync(stored.images.path, 10 * 36);
    const threads = pool(2);
    const source = threads.open({ ...recipe, split: stored, batchSize: COUNT });
    const other = threads.open(recipe);
    expect(() => source.at(1)).toThrow(/shortened\.u8: image \d+ is not whole; delete the file/);
    expect(batchesOf(other, steps(1, 12))).toEqual(onDemand(recipe, steps(1, 12)));
    source.close();
    const gone = { ...stored, images: { ...stored.images, path: join(folder, "gone.u8") } };
    expect(() => threads.open({ ...recipe, split: gone } as BatchRecipe).at(1)).toThrow(/ENOENT.*gone\.u8/);
  });

  it("one that is killed is an error of the run, and the next run has a new one", async () => {
    const threads = pool(1);
    await newThreads();
    const source = threads.open(recipe);
    source.at(1);
    const [worker] = await newThreads();
    await worker!.terminate();
    const rest = (): void => void batchesOf(source, steps(2, 40));
    expect(rest).toThrow("the thread that prepares batches ended: exit code 1");
    source.close();
    expect(threads.running).toBe(0);
    expect(batchesOf(threads.open(recipe), steps(1, 12))).toEqual(onDemand(recipe, steps(1, 12)));
    expect(threads.running).toBe(1);
  });

  const program = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const dist = (file: string): string => JSON.stringify(join(packageRoot(), "dist/src/data/batches", file));

  it("one that ends while it is waited for is no hang", () => {
    const leaving = program(
      "leaving.mjs",
      `import { workerData } from "node:worker_threads";
       import { ENDED } from ${dist("messages.js")};
       process.on("exit", () => Atomics.store(new Int32Array(workerData.signals), ENDED, 1));
       process.exit(3);`,
    );
    expect(() => pool(1, { program: leaving }).open(recipe).at(1)).toThrow("the thread that prepares batches ended");
  });

  it("one that says nothing is no hang", () => {
    const silent = program("silent.mjs", "for (;;);");
    const threads = pool(1, { program: silent, patience: 0.5 });
    expect(() => threads.open(recipe).at(1)).toThrow("the thread that prepares batches made none for 0.5 s");
    expect(threads.running).toBe(0);
  });

  it("need the built program", () => {
    expect(() => pool(1, { program: "nowhere.js" }).open(recipe).at(1)).toThrow("npm run build makes it");
  });
});
