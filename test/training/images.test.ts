import { describe, expect, it } from "vitest";
import { madeOnDemand } from "../../src/data/batches/source.js";
import type { Split } from "../../src/data/dataset.js";
import { chunkSizes, imageBatches, imageChunks } from "../../src/training/images.js";

const splitOf = (height: number, channels: number, count: number): Split => ({
  shape: { height, width: height, channels },
  images: new Uint8Array(0),
  labels: new Uint16Array(count),
  count,
});
const tiny: Split = {
  shape: { height: 1, width: 1, channels: 1 },
  images: Uint8Array.from({ length: 2300 }, (_unused, i) => i),
  labels: Uint16Array.from({ length: 2300 }, (_unused, i) => i % 7),
  count: 2300,
};
const normalisation = { mean: [0], std: [1 / 255] };

describe("chunks of an evaluation", () => {
  it("have fewer images the larger these are", () => {
    expect(chunkSizes(splitOf(28, 1, 10_000))).toEqual([1000]);
    expect(chunkSizes(splitOf(16, 1, 2007))).toEqual([1000, 7]);
    expect(chunkSizes(splitOf(32, 3, 10_000))).toEqual([255, 55]);
    expect(chunkSizes(splitOf(224, 3, 3333))).toEqual([16, 5]);
    expect(chunkSizes(splitOf(224, 3, 10))).toEqual([10]);
  });

  it("show every image once, in order", () => {
    const shown = [...imageChunks(tiny, normalisation)].map(({ size, feeds }) => [size, ...feeds.labels!]);
    expect(shown.map(([size]) => size)).toEqual([1000, 1000, 300]);
    const last = [...imageChunks(tiny, normalisation)].at(-1)!;
    expect([...last.feeds.labels!]).toEqual([...tiny.labels.subarray(2000)]);
    expect([...last.feeds.images!]).toEqual([...(tiny.images as Uint8Array).subarray(2000)]);
  });

  it("are closed at the end and when an evaluation breaks off", () => {
    let closed = 0;
    const counted: typeof madeOnDemand = (recipe) => ({ ...madeOnDemand(recipe), close: () => void closed++ });
    for (const chunk of imageChunks(tiny, normalisation, counted)) expect(chunk.size).toBeGreaterThan(0);
    expect(closed).toBe(1);
    for (const chunk of imageChunks(tiny, normalisation, counted)) if (chunk.size === 1000) break;
    expect(closed).toBe(2);
  });
});

describe("imageBatches", () => {
  it("cuts feeds to the size of the batch", () => {
    const shuffle = { seed: 0, lastBatch: "partial" } as const;
    const batches = imageBatches({ split: tiny, normalisation, batchSize: 1500, shuffle });
    expect(batches).toMatchObject({ perEpoch: 2, sizes: [1500, 800] });
    expect(batches.at(2).feeds.images).toHaveLength(800);
    expect(batches.at(2).feeds.labels).toHaveLength(800);
    batches.close();
  });
});
