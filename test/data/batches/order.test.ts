import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { batchBuffer, batches, gatherer } from "../../../src/data/batches/batches.js";
import { temporaryFolder } from "../fixtures.js";

const folder = temporaryFolder();

const epoch = (seed: number, number: number): number[] => {
  const { perEpoch, batchAt } = batches(10, 4, seed);
  return Array.from({ length: perEpoch }, (_unused, i) => [...batchAt(number * perEpoch + i).indices]).flat();
};

describe("batches", () => {
  it("shows every image once an epoch, the last batch partial", () => {
    const order = batches(10, 4, 0);
    expect(order.perEpoch).toBe(3);
    expect([0, 1, 2, 3].map((step) => order.batchAt(step).indices.length)).toEqual([4, 4, 2, 4]);
    expect([0, 2, 3, 6].map((step) => order.batchAt(step).epoch)).toEqual([0, 0, 1, 2]);
    for (const number of [0, 1, 5]) expect(epoch(0, number).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("reshuffles by epoch and by seed, and repeats exactly", () => {
    expect(epoch(0, 0)).not.toEqual(epoch(0, 1));
    expect(epoch(0, 0)).not.toEqual(epoch(1, 0));
    expect(epoch(3, 2)).toEqual(epoch(3, 2));
  });

  it("gives any step without replay, and batches already given stay", () => {
    const forward = batches(1000, 128, 7);
    const all = Array.from({ length: 24 }, (_unused, step) => forward.batchAt(step));
    const kept = all.map(({ indices }) => [...indices]);
    const jumping = batches(1000, 128, 7);
    for (const step of [23, 0, 9, 8, 17]) expect([...jumping.batchAt(step).indices]).toEqual(kept[step]);
    expect(all.map(({ indices }) => [...indices])).toEqual(kept);
  });

  it("makes one batch of a split smaller than a batch, and refuses nothing", () => {
    expect(batches(3, 128, 0).batchAt(5)).toMatchObject({ epoch: 5 });
    expect(batches(3, 128, 0).batchAt(5).indices.length).toBe(3);
    expect(() => batches(0, 128, 0)).toThrow("0 images");
  });
});

describe("gatherer", () => {
  const grey = {
    shape: { height: 1, width: 2, channels: 1 },
    images: Uint8Array.of(0, 51, 255, 1, 2, 3),
    labels: Uint16Array.of(4, 5, 6),
    count: 3,
  };

  it("writes pixels/255 in float32 and labels of the asked images", () => {
    const buffer = batchBuffer(grey, 3);
    gatherer(grey, { mean: [0], std: [1] })(Int32Array.of(2, 0), buffer);
    expect([...buffer.pixels]).toEqual([2 / 255, 3 / 255, 0, 51 / 255, 0, 0].map(Math.fround));
    expect([...buffer.labels]).toEqual([6, 4, 0]);
  });

  it("normalises every channel with its own mean and deviation", () => {
    const colour = { ...grey, shape: { height: 1, width: 1, channels: 2 } };
    const buffer = batchBuffer(colour, 1);
    gatherer(colour, { mean: [0.5, 0], std: [0.25, 2] })(Int32Array.of(1), buffer);
    expect([...buffer.pixels]).toEqual([(1 - 0.5) / 0.25, 1 / 255 / 2].map(Math.fround));
  });

  it("reads images that lie in a file, in any order of places", () => {
    const path = join(folder, "images.u8");
    writeFileSync(path, Uint8Array.of(9, 9, 2, 3, 0, 51, 255, 1));
    const stored = { ...grey, images: { path, places: Int32Array.of(2, 3, 1) } };
    const [inMemory, onDisk] = [grey, stored].map((split) => {
      const buffer = batchBuffer(split, 3);
      gatherer(split, { mean: [0], std: [1] })(Int32Array.of(2, 0, 1), buffer);
      return buffer;
    });
    expect(onDisk).toEqual(inMemory);
    const cut = { ...stored, images: { path, places: Int32Array.of(4) } };
    expect(() => gatherer(cut, { mean: [0], std: [1] })([0], batchBuffer(cut, 1))).toThrow("image 4 is not whole");
  });
});
