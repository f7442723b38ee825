import { describe, expect, it } from "vitest";
import { isPreparedAhead } from "../../../src/data/batches/prepared-ahead.js";
import type { BatchRecipe } from "../../../src/data/batches/recipe.js";

const shuffle = { seed: 0, lastBatch: "drop" } as const;
const worth = (size: number, channels: number, more: Partial<BatchRecipe> & { stored?: boolean; plain?: boolean }) => {
  const shape = { height: size, width: size, channels };
  const images = new Uint8Array(more.plain === true ? new ArrayBuffer(8) : new SharedArrayBuffer(8));
  const stored = { path: "images.u8", places: new Int32Array(0) };
  const split = { shape, images: more.stored === true ? stored : images, labels: new Uint16Array(0), count: 10_000 };
  return isPreparedAhead({ split, normalisation: { mean: [], std: [] }, batchSize: 128, shuffle, ...more });
};
const augmentation = { crop: 4, flip: true };

describe("batches are prepared ahead", () => {
  it("of images on disk, also in evaluations", () => {
    expect(worth(224, 3, { stored: true, batchSize: 16 })).toBe(true);
    expect(worth(224, 3, { stored: true, batchSize: 16, shuffle: undefined })).toBe(true);
  });

  it("of images in shared memory where a batch is work enough", () => {
    expect(worth(28, 1, {})).toBe(false);
    expect(worth(28, 1, { augmentation })).toBe(true);
    expect(worth(32, 3, { batchSize: 32 })).toBe(false);
    expect(worth(32, 3, { batchSize: 32, augmentation })).toBe(true);
    expect(worth(32, 3, {})).toBe(true);
    expect(worth(32, 3, { plain: true })).toBe(false);
    expect(worth(32, 3, { shuffle: undefined })).toBe(false);
  });
});
