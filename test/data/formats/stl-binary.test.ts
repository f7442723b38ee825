import { describe, expect, it } from "vitest";
import { readStlImages, readStlLabels } from "../../../src/data/formats/stl-binary.js";
import { userError } from "../../support/folder.js";

const IMAGE = 27648;

describe("readStlImages", () => {
  it("turns planes, column by column, into pixels, row by row, in place", () => {
    const bytes = Uint8Array.from({ length: 2 * IMAGE }, (_unused, i) => {
      const [y, x, c] = [i % 96, Math.floor(i / 96) % 96, Math.floor(i / 9216) % 3];
      return (3 * y + x + 50 * c + (i < IMAGE ? 0 : 9)) % 256;
    });
    const pixels = readStlImages(bytes, "f");
    expect(pixels).toBe(bytes);
    expect([...pixels.subarray(0, 6)]).toEqual([0, 50, 100, 1, 51, 101]);
    expect([...pixels.subarray(96 * 3, 96 * 3 + 3)]).toEqual([3, 53, 103]);
    expect([...pixels.subarray(IMAGE, IMAGE + 3)]).toEqual([9, 59, 109]);
  });

  it("refuses half an image and none", () => {
    expect(userError(() => readStlImages(new Uint8Array(IMAGE + 1), "f")).message).toMatch(
      /^f: 27649 bytes[^]*images of 27648 bytes/,
    );
    expect(userError(() => readStlImages(new Uint8Array(0), "f")).message).toMatch(/^f: 0 bytes/);
  });
});

describe("readStlLabels", () => {
  it("reads 1 to 10 as 0 to 9 and refuses others", () => {
    expect([...readStlLabels(Uint8Array.of(1, 10, 5), "f")]).toEqual([0, 9, 4]);
    expect(userError(() => readStlLabels(Uint8Array.of(1, 0), "f")).message).toMatch(/^f: label 0 at 1[^]*1 to 10/);
    expect(userError(() => readStlLabels(Uint8Array.of(11), "f")).message).toMatch(/label 11 at 0/);
  });
});
