import { describe, expect, it } from "vitest";
import { EXIT } from "../../../src/core/errors.js";
import { readCifar } from "../../../src/data/formats/cifar-binary.js";
import { userError } from "../../support/folder.js";
import { cifarBytes } from "../fixtures.js";

const file = cifarBytes([9, 0], (y, x, c, n) => (7 * y + x + 80 * c + 100 * n) % 256);

describe("readCifar", () => {
  it("turns planes into pixels, row by row", () => {
    const given = file.slice();
    const { labels, pixels } = readCifar(given, "f");
    expect([...labels]).toEqual([9, 0]);
    expect([...pixels.subarray(0, 6)]).toEqual([0, 80, 160, 1, 81, 161]);
    expect([...pixels.subarray(32 * 3, 32 * 3 + 3)]).toEqual([7, 87, 167]);
    expect([...pixels.subarray(3072, 3075)]).toEqual([100, 180, 4]);
    expect([...pixels.subarray(-3)]).toEqual([248 + 100 - 256, 72 + 100, 152 + 100]);
    expect(given.equals(file)).toBe(true);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["empty", new Uint8Array(0), /f: 0 bytes[^]*1 to 10000 records of 3073 bytes/],
    ["truncated", file.subarray(0, -1), /6145 bytes/],
    ["the fine and coarse labels of CIFAR-100", Buffer.alloc(2 * 3074), /6148 bytes/],
    ["images of another size", Buffer.alloc(27648), /27648 bytes/],
    ["too many records", Buffer.alloc(10_001 * 3073), /30733073 bytes/],
    ["a label of no class", cifarBytes([3, 10], () => 0), /label 10 at 1[^]*labels below 10/],
  ])("refuses: %s", (_name, bytes, text) => {
    const error = userError(() => readCifar(bytes, "f"));
    expect(error.exitCode).toBe(EXIT.data);
    expect(error.message).toMatch(text);
  });
});
