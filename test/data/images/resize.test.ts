import { describe, expect, it } from "vitest";
import { sha256 } from "../../../src/core/hash.js";
import { area, bilinear } from "../../../src/data/images/resize.js";
import { noise, resizingGolden } from "../fixtures.js";

const grey = (height: number, width: number): { height: number; width: number; channels: 1 } => ({
  height,
  width,
  channels: 1,
});

describe("bilinear", () => {
  it.each(resizingGolden().drawn)(
    "is bit-equal to Pillow: $height x $width x $channels to $toHeight x $toWidth",
    ({ height, width, channels, toHeight, toWidth, sha256: expected }) => {
      const from = { height, width, channels };
      const out = bilinear(noise(height * width * channels), from, { height: toHeight, width: toWidth });
      expect(sha256(out)).toBe(expected);
    },
  );

  it("copies where the size stays, keeps extremes, and treats several images alike", () => {
    const from = { height: 5, width: 7, channels: 3 };
    const image = noise(105);
    expect(bilinear(image, from, from)).toEqual(image);
    const white = new Uint8Array(105).fill(255);
    expect(bilinear(white, from, { height: 3, width: 11 })).toEqual(new Uint8Array(99).fill(255));
    const both = bilinear(Uint8Array.of(...white, ...image), from, { height: 4, width: 4 });
    expect(both.subarray(48)).toEqual(bilinear(image, from, { height: 4, width: 4 }));
    expect(bilinear(new Uint8Array(0), from, { height: 4, width: 4 })).toEqual(new Uint8Array(0));
  });

  it("resizes the channels of any number alike", () => {
    const image = noise(6 * 6 * 2);
    const out = bilinear(image, { height: 6, width: 6, channels: 2 }, { height: 4, width: 4 });
    for (const channel of [0, 1]) {
      const one = bilinear(
        image.filter((_byte, i) => i % 2 === channel),
        grey(6, 6),
        { height: 4, width: 4 },
      );
      expect(out.filter((_byte, i) => i % 2 === channel)).toEqual(one);
    }
  });
});

describe("area", () => {
  it("is the mean of whole pixels, halves rounded up", () => {
    expect([...area(Uint8Array.of(0, 1, 0, 1), grey(2, 2), { height: 1, width: 1 })]).toEqual([1]);
    expect([...area(Uint8Array.of(0, 1, 0, 0), grey(2, 2), { height: 1, width: 1 })]).toEqual([0]);
    expect([...area(Uint8Array.of(9, 10, 20, 21), grey(1, 4), { height: 1, width: 2 })]).toEqual([10, 21]);
  });

  it("takes the shares of the pixels that a block cuts", () => {
    // 3 to 2: blocks of 1.5 pixels.
    expect([...area(Uint8Array.of(0, 30, 90), grey(1, 3), { height: 1, width: 2 })]).toEqual([10, 70]);
    expect([...area(Uint8Array.of(0, 30, 90), grey(3, 1), { height: 2, width: 1 })]).toEqual([10, 70]);
  });

  it("is exact for sides without a common divisor", () => {
    const [from, to] = [37, 13];
    const image = noise(from * from * 3);
    const out = area(image, { height: from, width: from, channels: 3 }, { height: to, width: to });
    for (const [y, x, channel] of [
      [0, 0, 0],
      [5, 7, 1],
      [12, 12, 2],
    ] as const) {
      let sum = 0;
      for (let i = 0; i < from; i++)
        for (let j = 0; j < from; j++)
          sum += image[(Math.floor((y * from + i) / to) * from + Math.floor((x * from + j) / to)) * 3 + channel]!;
      expect(out[(y * to + x) * 3 + channel]).toBe(Math.floor((2 * sum + from * from) / (2 * from * from)));
    }
  });

  it("keeps the size where it stays and repeats pixels where it grows by a whole factor", () => {
    const image = noise(12);
    expect(area(image, grey(3, 4), { height: 3, width: 4 })).toEqual(image);
    expect([...area(Uint8Array.of(1, 2), grey(1, 2), { height: 2, width: 4 })]).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
  });
});
