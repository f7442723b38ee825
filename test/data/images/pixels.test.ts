import { describe, expect, it } from "vitest";
import { sha256 } from "../../../src/core/hash.js";
import { grey, inColour } from "../../../src/data/images/grey.js";
import { pad } from "../../../src/data/images/fit.js";
import { interleave } from "../../../src/data/images/planes.js";
import { noise } from "../fixtures.js";

describe("grey", () => {
  it("is bit-equal to Pillow", () => {
    // Maker: Pillow 10.4.0, convert("L") of the bytes of test/data/fixtures.ts `noise`.
    expect(sha256(grey(noise(300))).slice(0, 16)).toBe("efb5c076bff16d23");
    expect([...grey(Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255))]).toEqual([255, 76, 150, 29]);
  });

  it("keeps grey pixels", () => {
    const pixels = Uint8Array.from({ length: 256 }, (_unused, i) => i);
    expect(grey(inColour(pixels))).toEqual(pixels);
    expect([...inColour(Uint8Array.of(1, 2))]).toEqual([1, 1, 1, 2, 2, 2]);
  });
});

describe("pad", () => {
  it("surrounds every image with zeros", () => {
    const two = pad(Uint8Array.of(1, 2, 3, 4), { height: 1, width: 2, channels: 1 }, 1);
    expect([...two]).toEqual([0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 4, 0, 0, 0, 0, 0]);
    const colour = pad(Uint8Array.of(7, 8, 9), { height: 1, width: 1, channels: 3 }, 1);
    expect([...colour.subarray(12, 15)]).toEqual([7, 8, 9]);
    expect(colour.length).toBe(27);
  });
});

describe("interleave", () => {
  it("turns planes of either order into rows of pixels, every image of several", () => {
    const planes = (base: number): number[] => Array.from({ length: 12 }, (_unused, i) => base + i);
    const pixels = (base: number, order: readonly number[]): number[] =>
      order.flatMap((i) => [base + i, base + i + 4, base + i + 8]);
    const bytes = Uint8Array.from([...planes(0), ...planes(100)]);
    expect([...interleave(bytes.slice(), 2, "rows")]).toEqual([
      ...pixels(0, [0, 1, 2, 3]),
      ...pixels(100, [0, 1, 2, 3]),
    ]);
    expect([...interleave(bytes, 2, "columns")].slice(12)).toEqual(pixels(100, [0, 2, 1, 3]));
  });
});
