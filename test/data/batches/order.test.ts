import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  batchesPerEpoch,
  LAST_BATCHES,
  plainOrder,
  shuffledOrder,
  type BatchOrder,
  type LastBatch,
} from "../../../src/data/batches/order.js";

const steps = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_unused, i) => first + i);
/** The images of some steps, one after the other. */
const images = (order: BatchOrder, wanted: readonly number[]): number[] =>
  wanted.flatMap((t) => [...order.indicesAt(t)]);
const all = (count: number): number[] => steps(0, count - 1);
const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

const epoch = (seed: number, number: number, lastBatch: LastBatch = "partial"): number[] => {
  const order = shuffledOrder(10, 4, seed, lastBatch);
  return images(order, steps(number * order.perEpoch + 1, (number + 1) * order.perEpoch));
};
const counts = fc.integer({ min: 1, max: 60 });
const batchSizes = fc.integer({ min: 1, max: 30 });

describe("shuffledOrder", () => {
  it("drop: full batches alone, every image at most once an epoch, and which are left out changes", () => {
    fc.assert(
      fc.property(counts, batchSizes, fc.nat(5), (count, batchSize, number) => {
        fc.pre(count >= batchSize);
        const order = shuffledOrder(count, batchSize, 4, "drop");
        expect(order.sizes).toEqual([batchSize]);
        expect(order.perEpoch).toBe(Math.floor(count / batchSize));
        const shown = images(order, steps(number * order.perEpoch + 1, (number + 1) * order.perEpoch));
        expect(shown).toHaveLength(order.perEpoch * batchSize);
        expect(new Set(shown).size).toBe(shown.length);
        expect(shown.every((image) => image >= 0 && image < count)).toBe(true);
      }),
    );
    expect(epoch(0, 0, "drop")).toHaveLength(8);
    const seen = new Set(steps(0, 9).map((number) => sorted(epoch(0, number, "drop")).join()));
    expect(seen.size).toBeGreaterThan(4);
  });

  it("run-on: the epochs one after the other, cut into full batches", () => {
    fc.assert(
      fc.property(counts, batchSizes, (count, batchSize) => {
        fc.pre(count >= batchSize);
        const order = shuffledOrder(count, batchSize, 4, "run-on");
        expect(order.sizes).toEqual([batchSize]);
        expect(order.perEpoch).toBe(count / batchSize);
        const whole = shuffledOrder(count, count, 4, "drop");
        const epochs = images(whole, steps(1, 5));
        const asked = steps(1, Math.floor((5 * count) / batchSize));
        // Backwards: no step needs the one before it.
        const made = new Map(asked.toReversed().map((t) => [t, [...order.indicesAt(t)]]));
        const shown = asked.flatMap((t) => made.get(t)!);
        expect(shown).toEqual(epochs.slice(0, shown.length));
        // After as many epochs as a batch has images no batch is begun.
        const times = new Map<number, number>();
        for (const image of images(order, steps(1, count))) times.set(image, (times.get(image) ?? 0) + 1);
        expect([...times.values()]).toEqual(all(count).map(() => batchSize));
      }),
    );
  });

  it("partial: every image once an epoch, the last batch smaller", () => {
    const order = shuffledOrder(10, 4, 0, "partial");
    expect(order.perEpoch).toBe(3);
    expect(order.sizes).toEqual([4, 2]);
    expect([1, 2, 3, 4].map((t) => order.indicesAt(t).length)).toEqual([4, 4, 2, 4]);
    for (const number of [0, 1, 5]) expect(sorted(epoch(0, number))).toEqual(all(10));
  });

  it.each(LAST_BATCHES)("%s: a set smaller than a batch is one batch, every image once", (lastBatch) => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 9 }), (count, more, t) => {
        const order = shuffledOrder(count, count + more, 0, lastBatch);
        expect(order).toMatchObject({ perEpoch: 1, sizes: [count] });
        expect(sorted([...order.indicesAt(t)])).toEqual(all(count));
      }),
    );
  });

  it.each(LAST_BATCHES)("%s: says every size and the length of an epoch without an order", (lastBatch) => {
    fc.assert(
      fc.property(counts, batchSizes, (count, batchSize) => {
        const { perEpoch, sizes, indicesAt } = shuffledOrder(count, batchSize, 1, lastBatch);
        expect(batchesPerEpoch(count, batchSize, lastBatch)).toBe(perEpoch);
        const seen = new Set(steps(1, 2 * Math.ceil(perEpoch)).map((t) => indicesAt(t).length));
        expect(sorted([...seen])).toEqual(sorted(sizes));
      }),
    );
  });

  // Desk E2: trials on 2,500 images, tuning on 2,000. Every 40th batch of a trial had 4 images and took a whole step.
  it.each([
    { lastBatch: "drop", trial: 39, tune: 31, sizes: [64] },
    { lastBatch: "run-on", trial: 39.0625, tune: 31.25, sizes: [64] },
    { lastBatch: "partial", trial: 40, tune: 32, sizes: [64, 4] },
  ] as const)(
    "$lastBatch: 2,500 images in batches of 64 have the sizes $sizes",
    ({ lastBatch, trial, tune, sizes }) => {
      const order = shuffledOrder(2500, 64, 0, lastBatch);
      expect(order.perEpoch).toBe(trial);
      expect(order.sizes).toEqual(sizes);
      expect(new Set(steps(1, 100).map((t) => order.indicesAt(t).length))).toEqual(new Set(sizes));
      expect(batchesPerEpoch(2000, 64, lastBatch)).toBe(tune);
    },
  );

  it("reshuffles by epoch and by seed, and repeats exactly", () => {
    expect(epoch(0, 0)).not.toEqual(epoch(0, 1));
    expect(epoch(0, 0)).not.toEqual(epoch(1, 0));
    expect(epoch(3, 2)).toEqual(epoch(3, 2));
  });

  it.each(LAST_BATCHES)("%s: gives any step without replay, and batches already given stay", (lastBatch) => {
    const forward = shuffledOrder(1000, 128, 7, lastBatch);
    const given = steps(1, 24).map((t) => forward.indicesAt(t));
    const kept = given.map((indices) => [...indices]);
    const jumping = shuffledOrder(1000, 128, 7, lastBatch);
    for (const i of [23, 0, 9, 8, 17]) expect([...jumping.indicesAt(i + 1)]).toEqual(kept[i]);
    expect(given.map((indices) => [...indices])).toEqual(kept);
  });

  it("refuses nothing", () => expect(() => shuffledOrder(0, 128, 0, "drop")).toThrow("0 images"));
});

describe("plainOrder", () => {
  it("shows all images once, as they lie", () => {
    const order = plainOrder(10, 4);
    expect(order.sizes).toEqual([4, 2]);
    expect([1, 2, 3].map((t) => [...order.indicesAt(t)])).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
  });
});
