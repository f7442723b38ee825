import { describe, expect, it } from "vitest";
import { sha256 } from "../../../src/core/hash.js";
import { drawDigit, type Style } from "../../../src/data/synthetic/digits.js";

function drawMany(seed: number, style: Style, domain: number, split: number, from: number, count: number): Uint8Array {
  const out = new Uint8Array(count * 784);
  for (let i = 0; i < count; i++) drawDigit(seed, style, domain, split, from + i, out.subarray(i * 784, (i + 1) * 784));
  return out;
}

// Source: datasets specification, section 12: seed 0, train, images 0-99; byte sum of image 0.
const GOLDEN: readonly [Style, number, string, number][] = [
  ["plain", 0, "38e06b4cb4c8ea29", 25075],
  ["plain", 1, "23a8bd3c7c243723", 36541],
  ["plain", 2, "38c1539c5a3940e9", 33175],
  ["plain", 3, "a6a655052b0a0f70", 20140],
  ["plain", 4, "f9591c80ef17f61d", 26907],
  ["plain", 5, "d50d1ddc4be588a0", 21838],
  ["thick", 8, "f02c9eefc81e621a", 35433],
  ["thin", 9, "9570a306750cf9f2", 11837],
  ["outline", 10, "3e023cf80dfd42a0", 14535],
  ["invert", 11, "1d6524957bb753ab", 178206],
  ["texture", 12, "293af7dd2f6e9feb", 48398],
  ["letters", 13, "8f21032e552ff3be", 18150],
];

describe("drawDigit", () => {
  it.each(GOLDEN)("draws the golden bytes: %s %i", (style, domain, hash, sum) => {
    const images = drawMany(0, style, domain, 0, 0, 100);
    expect(images.subarray(0, 784).reduce((total, byte) => total + byte, 0)).toBe(sum);
    expect(sha256(images).slice(0, 16)).toBe(hash);
  });

  it("draws the golden bytes of another seed, split and index", () => {
    expect(sha256(drawMany(1, "texture", 12, 1, 7, 1)).slice(0, 16)).toBe("c2fd69d90e2b64b0");
  });
});
