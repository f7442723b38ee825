import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { batchBuffer, gatherer } from "../../../src/data/batches/gather.js";
import { scratchFolder } from "../../support/folder.js";

const folder = scratchFolder();
const never = (): never => {
  throw new Error("a random number was asked for");
};

describe("gatherer", () => {
  const grey = {
    shape: { height: 1, width: 2, channels: 1 },
    images: Uint8Array.of(0, 51, 255, 1, 2, 3),
    labels: Uint16Array.of(4, 5, 6),
    count: 3,
  };

  it("writes pixels/255 in float32 and labels of the asked images", () => {
    const buffer = batchBuffer(grey, 3);
    gatherer(grey, { mean: [0], std: [1] }).gather(Int32Array.of(2, 0), buffer, never);
    expect([...buffer.pixels]).toEqual([2 / 255, 3 / 255, 0, 51 / 255, 0, 0].map(Math.fround));
    expect([...buffer.labels]).toEqual([6, 4, 0]);
  });

  it.each([
    { channels: 1, width: 11, mean: [0.13], std: [0.31] },
    { channels: 1, width: 12, mean: [0.13], std: [0.31] },
    { channels: 1, width: 12, mean: [0.13], std: [0.31], before: 1 },
    { channels: 3, width: 5, mean: [0.5, 0, 0.25], std: [0.25, 2, 1] },
  ])("gives the nearest number to (x/255 - mean)/std, of images of any size: $channels channels", (image) => {
    const { channels, width, mean, std, before = 0 } = image;
    const memory = Uint8Array.from({ length: before + 3 * width * channels }, (_, i) => (i * 37) % 256);
    const images = memory.subarray(before);
    const split = { ...grey, shape: { height: 1, width, channels }, images };
    const buffer = batchBuffer(split, 2);
    gatherer(split, { mean, std }).gather(Int32Array.of(2, 1), buffer, never);
    const size = width * channels;
    const bytes = [...images.subarray(2 * size), ...images.subarray(size, 2 * size)];
    const wanted = bytes.map((byte, i) => Math.fround((byte / 255 - mean[i % channels]!) / std[i % channels]!));
    expect([...buffer.pixels]).toEqual(wanted);
  });

  it("normalises images of three channels alike, with other images before them", () => {
    const colour = { ...grey, shape: { height: 2, width: 1, channels: 3 }, labels: Uint16Array.of(1, 2), count: 2 };
    const images = Uint8Array.of(9, 9, 9, 9, 9, 9, 0, 51, 255, 1, 2, 3);
    const buffer = batchBuffer(colour, 2);
    const normalisation = { mean: [0.5, 0, 0.25], std: [0.25, 2, 1] };
    gatherer({ ...colour, images }, normalisation).gather(Int32Array.of(0, 1), buffer, never);
    const wanted = [(0 - 0.5) / 0.25, 0.2 / 2, 0.75, (1 / 255 - 0.5) / 0.25, 2 / 255 / 2, 3 / 255 - 0.25];
    expect([...buffer.pixels.subarray(6)]).toEqual(wanted.map((value) => expect.closeTo(value, 6)));
  });

  it("reads images that lie in a file, in any order of places", () => {
    const path = join(folder, "images.u8");
    writeFileSync(path, Uint8Array.of(9, 9, 2, 3, 0, 51, 255, 1));
    const stored = { ...grey, images: { path, places: Int32Array.of(2, 3, 1) } };
    const [inMemory, onDisk] = [grey, stored].map((split) => {
      const buffer = batchBuffer(split, 3);
      gatherer(split, { mean: [0], std: [1] }).gather(Int32Array.of(2, 0, 1), buffer, never);
      return buffer;
    });
    expect(onDisk).toEqual(inMemory);
    const cut = { ...stored, images: { path, places: Int32Array.of(4) } };
    expect(() => gatherer(cut, { mean: [0], std: [1] }).gather([0], batchBuffer(cut, 1), never)).toThrow(
      "image 4 is not whole",
    );
  });
});
