import { describe, expect, it } from "vitest";
import { sha256 } from "../../../src/core/hash.js";
import type { DataOptions, Frame } from "../../../src/data/dataset.js";
import type { Split } from "../../../src/data/dataset.js";
import { openDomain } from "../../../src/data/domain.js";
import { grey } from "../../../src/data/images/grey.js";
import { datasets } from "../../../src/data/sets/index.js";

const frame = (size: number, channels: 1 | 3): Frame => ({ size, channels, resample: "bilinear" });
const limits = { trainImages: 20, validationImages: 20, testImages: 20 };
const texture = (name: string, options: Partial<DataOptions> = {}): ReturnType<typeof openDomain> =>
  openDomain(`synthetic-textures/${name}`, { folder: "none", ...limits, ...options });
const bytes = ({ images }: Split): Uint8Array => images as Uint8Array;
const start = (split: Split): string => sha256(bytes(split)).slice(0, 16);

// First 16 hex digits of the SHA-256 of 20 train images, 32x32 in colour. Maker: a second
// implementation in Python 3.12 of synthetic-textures@1; a changed byte is a new version.
const GOLDEN: readonly [string, string][] = [
  ["plain", "d6397c6427fafc1e"],
  ["warm", "d897bdf59b9588cd"],
  ["cold", "3c70c89bd6ecae4d"],
  ["pastel", "eb7488e68534a96d"],
  ["dark", "7b3c1ded7bfa5afd"],
  ["greys", "9e9b44d3d36da0d5"],
  ["fine", "454a95fccf7cd0fe"],
  ["coarse", "e37914571fd8297a"],
  ["noisy", "8a06112a494ce7ff"],
  ["faded", "cbbe6bf4a7f9a15d"],
  ["bent", "426a4b60d89ce3f9"],
];

describe("synthetic-textures", () => {
  it.each(GOLDEN)("%s has the golden bytes", async (name, hash) => {
    expect(start(await texture(name).split("train"))).toBe(hash);
  });

  it("has a golden hash for every domain", () => {
    expect(datasets["synthetic-textures"]!.domains).toEqual(GOLDEN.map(([name]) => `synthetic-textures/${name}`));
  });

  it("has golden bytes in other splits, sizes and in grey", async () => {
    expect(start(await texture("plain").split("test"))).toBe("2f6a762601dcf929");
    expect(start(await texture("plain").split("validation"))).toBe("463abb2c625167e5");
    expect(start(await texture("plain", { frame: frame(224, 3) }).split("test"))).toBe("ef7232f9c8551633");
    const [colour, luma] = [
      await texture("bent").split("train"),
      await texture("bent", { frame: frame(32, 1) }).split("train"),
    ];
    expect(bytes(luma)).toEqual(grey(bytes(colour)));
  });

  it("is drawn at the size of the frame, else 32x32 in colour, with every class in turn", async () => {
    expect(texture("plain")).toMatchObject({ height: 32, width: 32, channels: 3, classes: 10, dataTag: "synthetic" });
    const large = await texture("plain", { frame: frame(40, 1) }).split("validation");
    expect(large.shape).toEqual({ height: 40, width: 40, channels: 1 });
    expect(bytes(large).length).toBe(20 * 1600);
    expect([...large.labels]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("has another checksum for every variant and size", () => {
    const checksums = [
      texture("plain").checksum,
      texture("warm").checksum,
      texture("plain", { frame: frame(28, 3) }).checksum,
      texture("plain", { frame: frame(28, 1) }).checksum,
    ];
    expect(new Set(checksums).size).toBe(4);
  });

  it("shows the same texture at every size: a large one shrinks to the small one", async () => {
    const size = 128;
    const small = bytes(await texture("pastel").split("train"));
    const large = bytes(await texture("pastel", { frame: frame(size, 3) }).split("train"));
    const factor = size / 32;
    let difference = 0;
    for (let i = 0; i < small.length; i++) {
      const [image, y, x, channel] = [Math.floor(i / 3072), Math.floor(i / 96) % 32, Math.floor(i / 3) % 32, i % 3];
      let sum = 0;
      for (let dy = 0; dy < factor; dy++)
        for (let dx = 0; dx < factor; dx++)
          sum += large[((image * size + y * factor + dy) * size + x * factor + dx) * 3 + channel]!;
      difference += Math.abs(sum / (factor * factor) - small[i]!);
    }
    // Noise alone is 13 on average: .15 · 255 / 3.
    expect(difference / small.length).toBeLessThan(16);
  });

  it("draws a larger draw's beginning", async () => {
    const more = bytes(await texture("cold", { trainImages: 30 }).split("train"));
    expect(more.subarray(0, 20 * 3072)).toEqual(bytes(await texture("cold").split("train")));
  });
});
