import { describe, expect, it } from "vitest";
import { normalisationOf } from "../../../src/data/batches/normalise.js";
import type { Split } from "../../../src/data/dataset.js";

const split: Split = {
  shape: { height: 1, width: 2, channels: 3 },
  images: Uint8Array.of(0, 7, 255, 255, 7, 255, 0, 7, 51, 255, 7, 51),
  labels: Uint16Array.of(0, 1),
  count: 2,
};
const unread = (): Promise<Split> => Promise.reject(new Error("the split was read"));

describe("normalisation", () => {
  it("measures mean and deviation of every channel; a flat one is not divided by nothing", async () => {
    const { mean, std } = await normalisationOf("meanstd", 3, () => Promise.resolve(split));
    expect(mean).toEqual([0.5, 7 / 255, 153 / 255]);
    expect(std).toEqual([0.5, 1e-6, 102 / 255]);
  });

  it("does not read the train split for anything else", async () => {
    expect(await normalisationOf("none", 2, unread)).toEqual({ mean: [0, 0], std: [1, 1] });
    expect((await normalisationOf("imagenet", 3, unread)).std).toEqual([0.229, 0.224, 0.225]);
    expect((await normalisationOf("imagenet", 1, unread)).mean[0]).toBeCloseTo(0.449, 12);
  });
});
