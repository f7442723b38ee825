import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainOrder, shuffledOrder } from "../../../src/data/batches/order.js";

const epoch = (seed: number, number: number): number[] => {
  const { perEpoch, indicesAt } = shuffledOrder(10, 4, seed);
  return Array.from({ length: perEpoch }, (_unused, i) => [...indicesAt(number * perEpoch + i + 1)]).flat();
};

describe("shuffledOrder", () => {
  it("shows every image once an epoch, the last batch partial", () => {
    const order = shuffledOrder(10, 4, 0);
    expect(order.perEpoch).toBe(3);
    expect(order.sizes).toEqual([4, 2]);
    expect([1, 2, 3, 4].map((t) => order.indicesAt(t).length)).toEqual([4, 4, 2, 4]);
    for (const number of [0, 1, 5]) expect(epoch(0, number).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("reshuffles by epoch and by seed, and repeats exactly", () => {
    expect(epoch(0, 0)).not.toEqual(epoch(0, 1));
    expect(epoch(0, 0)).not.toEqual(epoch(1, 0));
    expect(epoch(3, 2)).toEqual(epoch(3, 2));
  });

  it("gives any step without replay, and batches already given stay", () => {
    const forward = shuffledOrder(1000, 128, 7);
    const all = Array.from({ length: 24 }, (_unused, i) => forward.indicesAt(i + 1));
    const kept = all.map((indices) => [...indices]);
    const jumping = shuffledOrder(1000, 128, 7);
    for (const i of [23, 0, 9, 8, 17]) expect([...jumping.indicesAt(i + 1)]).toEqual(kept[i]);
    expect(all.map((indices) => [...indices])).toEqual(kept);
  });

  it("makes one batch of a split smaller than a batch, and refuses nothing", () => {
    expect(shuffledOrder(3, 128, 0).indicesAt(6).length).toBe(3);
    expect(shuffledOrder(3, 128, 0).sizes).toEqual([3]);
    expect(() => shuffledOrder(0, 128, 0)).toThrow("0 images");
  });

  it("run-on: the epochs one after the other, cut into full batches", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 30 }), (count, batchSize) => {
        const order = shuffledOrder(count, batchSize, 4, "run-on");
        expect(order.sizes).toEqual([batchSize]);
        expect(order.perEpoch).toBe(count / batchSize);
        const cut = shuffledOrder(count, count, 4);
        const epochs = [1, 2, 3, 4, 5].flatMap((t) => [...cut.indicesAt(t)]);
        const steps = Array.from({ length: Math.floor((5 * count) / batchSize) }, (_unused, i) => i + 1);
        // Backwards: no step needs the one before it.
        const made = new Map(steps.toReversed().map((t) => [t, [...order.indicesAt(t)]]));
        const shown = steps.flatMap((t) => made.get(t)!);
        expect(shown).toEqual(epochs.slice(0, shown.length));
      }),
    );
  });
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
