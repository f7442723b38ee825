import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { EXIT, UserError } from "../../../src/core/errors.js";
import { readIdx } from "../../../src/data/formats/idx.js";
import { errorOf, idxBytes } from "../fixtures.js";

const small = idxBytes(8, [2, 3], [1, 2, 3, 4, 5, 255]);

describe("readIdx", () => {
  it("reads bytes, plain and gzipped", () => {
    for (const file of [small, gzipSync(small)]) {
      const { shape, data } = readIdx(file, "file");
      expect(shape).toEqual([2, 3]);
      expect([...data]).toEqual([1, 2, 3, 4, 5, 255]);
    }
  });

  it.each([
    ["i8", 0x09, [0xff, 0x7f], [-1, 127]],
    ["i16", 0x0b, [0xff, 0xfe, 0x01, 0x00], [-2, 256]],
    ["i32", 0x0c, [0, 0, 0x08, 0x6a, 0xff, 0xff, 0xff, 0xff], [2154, -1]],
    ["f32", 0x0d, [0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0], [1, -2]],
    ["f64", 0x0e, [0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0xbf, 0xe0, 0, 0, 0, 0, 0, 0], [1.5, -0.5]],
  ])("reads big-endian %s", (_name, type, bytes, values) => {
    expect([...readIdx(idxBytes(type, [2], bytes), "file").data]).toEqual(values);
  });

  it("reads element types that are not aligned in the file's memory", () => {
    const shifted = Buffer.concat([Buffer.from([7]), idxBytes(0x0c, [1], [0, 0, 0, 5])]).subarray(1);
    expect([...readIdx(shifted, "file").data]).toEqual([5]);
  });

  const gzipped = gzipSync(Buffer.alloc(5000));
  it.each<[string, Uint8Array, RegExp]>([
    ["empty", new Uint8Array(0), /starts with nothing/],
    ["three bytes", Uint8Array.of(0, 0, 8), /starts with 000008/],
    ["wrong magic", Buffer.from("PK\x03\x04rest of a zip file"), /starts with 504b0304[^]*accepted: IDX/],
    ["unknown type", idxBytes(0x0a, [1], [1]), /starts with 00000a01/],
    ["no dimension", Uint8Array.of(0, 0, 8, 0, 9), /0 dimensions/],
    ["five dimensions", idxBytes(8, [1, 1, 1, 1, 1], [1]), /5 dimensions[^]*accepted: 1 to 4/],
    ["cut in the header", small.subarray(0, 9), /9 bytes[^]*header of 12 bytes/],
    ["truncated", small.subarray(0, -1), /17 bytes \(truncated\)[^]*accepted: 18 bytes for shape 2x3/],
    ["trailing bytes", Buffer.concat([small, Buffer.from("xy")]), /20 bytes \(2 trailing bytes\)[^]*18 bytes/],
    ["absurd dimensions", idxBytes(8, [0xffffffff, 0xffffffff, 2], []), /at most 2147483648 elements/],
    ["truncated gzip", gzipSync(small).subarray(0, -10), /broken gzip stream/],
    ["inflates too far", gzipped, /inflates to more than 1000 bytes/],
  ])("refuses: %s", async (_name, bytes, text) => {
    const error = await errorOf(() => readIdx(bytes, "mnist/labels.gz", 1000));
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).exitCode).toBe(EXIT.data);
    expect((error as UserError).message).toMatch(text);
    expect((error as UserError).faults[0]!.where).toBe("mnist/labels.gz");
    expect((error as UserError).faults[0]!.hint).toBeDefined();
  });
});
