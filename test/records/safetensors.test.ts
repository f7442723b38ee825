import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { inMemory } from "../../src/core/large-file.js";
import {
  decodeSafetensors,
  readSafetensors,
  writeSafetensors,
  type Safetensors,
} from "../../src/records/safetensors.js";
import { scratchFolder, userError } from "../support/folder.js";
import { encodeSafetensors } from "../support/safetensors.js";

const folder = scratchFolder();

/** Written by Python's safetensors 0.8.0 with numpy 2.4.6, `safetensors.numpy.save`. */
const PYTHON =
  "WAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJtZXRob2QiOiJtZXRhbWQifSwidGhldGEiOnsiZHR5cGUiOiJGNjQiLCJzaGFwZSI6WzIsMl0sImRh" +
  "dGFfb2Zmc2V0cyI6WzAsMzJdfSwiZW1wdHkiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzAsM10sImRhdGFfb2Zmc2V0cyI6WzMyLDMyXX0sImZj" +
  "MS53ZWlnaHQvYSI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbM10sImRhdGFfb2Zmc2V0cyI6WzMyLDQ0XX0sInNjYWxhciI6eyJkdHlwZSI6IkYz" +
  "MiIsInNoYXBlIjpbXSwiZGF0YV9vZmZzZXRzIjpbNDQsNDhdfSwibiI6eyJkdHlwZSI6IkkzMiIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6" +
  "WzQ4LDU2XX19ICAgICAgIJqZmZmZmbk/nHUAiDzkN/4BAAAAAAAAAAAAAAAAAPB/AADAPwAAEMAAAEBAAAAgQAAAAIAHAAAA";

/** Written by Python's safetensors 0.8.0 with torch 2.15.0, `safetensors.torch.save`: halves and 64-bit integers. */
const TORCH =
  "sAAAAAAAAAB7Imk2NCI6eyJkdHlwZSI6Ikk2NCIsInNoYXBlIjpbM10sImRhdGFfb2Zmc2V0cyI6WzAsMjRdfSwiYmYxNiI6eyJkdHlwZSI6IkJG" +
  "MTYiLCJzaGFwZSI6WzRdLCJkYXRhX29mZnNldHMiOlsyNCwzMl19LCJmMTYiOnsiZHR5cGUiOiJGMTYiLCJzaGFwZSI6WzddLCJkYXRhX29mZnNl" +
  "dHMiOlszMiw0Nl19fSAgIAcAAAAAAAAAAAAAAAAA4P8AAAAAAAEAAMA/Yv8BAID/AD6AwP97AQAAfACAAH4=";

const SAMPLE: Safetensors = {
  tensors: {
    "fc1.weight/a": { shape: [3], values: Float32Array.of(1.5, -2.25, 3) },
    theta: { shape: [2, 2], values: Float64Array.of(0.1, -1e300, 5e-324, Infinity) },
    n: { shape: [2], values: Int32Array.of(-2147483648, 7) },
    scalar: { shape: [], values: Float32Array.of(2.5) },
    empty: { shape: [0, 3], values: new Float32Array(0) },
  },
  metadata: { method: "metamd" },
};

/** A file with this header and so many zero bytes of data. */
function file(header: unknown, data: number): Uint8Array {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(data)]);
}
const tensor = (begin: number, end: number, shape: unknown = [1], dtype = "F32"): object => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe("safetensors", () => {
  it("writes what Python's library writes, byte by byte, and reads it", () => {
    const bytes = Buffer.from(PYTHON, "base64");
    expect(Buffer.from(encodeSafetensors(SAMPLE)).equals(bytes)).toBe(true);
    expect(decodeSafetensors(inMemory(bytes), "python.safetensors")).toEqual(SAMPLE);
  });

  it("converts the types that it does not write", () => {
    const { tensors } = decodeSafetensors(inMemory(Buffer.from(TORCH, "base64")), "torch.safetensors");
    expect(tensors).toEqual({
      bf16: { shape: [4], values: Float32Array.of(1.5, -3.00405527047391e38, 9.183549615799121e-41, -Infinity) },
      f16: { shape: [7], values: Float32Array.of(1.5, -2.25, 65504, 5.960464477539063e-8, Infinity, -0, NaN) },
      i64: { shape: [3], values: Float64Array.of(7, -(2 ** 53), 2 ** 40) },
    });
  });

  it("keeps every bit of any contents", () => {
    const name = fc.string({ minLength: 1 }).filter((text) => text !== "__metadata__" && text !== "__proto__");
    const values = fc.oneof(fc.float32Array(), fc.float64Array(), fc.int32Array());
    fc.assert(
      fc.property(fc.dictionary(name, values), fc.dictionary(name, fc.string()), (arrays, metadata) => {
        const entries = Object.entries(arrays).map(([key, held]) => [key, { shape: [held.length], values: held }]);
        const back = decodeSafetensors(
          inMemory(encodeSafetensors({ tensors: Object.fromEntries(entries), metadata })),
          "x",
        );
        expect({ ...back.metadata }).toEqual({ ...metadata });
        expect(Object.keys(back.tensors).sort()).toEqual(Object.keys(arrays).sort());
        for (const [key, held] of Object.entries(arrays)) {
          const { values: read } = back.tensors[key]!;
          expect(read.constructor).toBe(held.constructor);
          expect(Buffer.from(read.buffer).equals(Buffer.from(held.buffer))).toBe(true);
        }
      }),
    );
  });

  it("reads from the middle of a larger buffer, at any alignment", () => {
    const bytes = encodeSafetensors(SAMPLE);
    for (let shift = 0; shift < 8; shift++) {
      const larger = new Uint8Array(bytes.length + 8);
      larger.set(bytes, shift);
      expect(decodeSafetensors(inMemory(larger.subarray(shift, shift + bytes.length)), "x")).toEqual(SAMPLE);
    }
  });

  it("refuses to write a tensor whose shape does not hold its numbers", () => {
    expect(() =>
      encodeSafetensors({ tensors: { a: { shape: [2], values: new Float32Array(3) } }, metadata: {} }),
    ).toThrow("tensor a of shape [2] cannot hold 3 numbers");
  });

  it("names a missing file", () => {
    const path = join(folder, "absent.safetensors");
    const error = userError(() => readSafetensors(path));
    expect(error.exitCode).toBe(EXIT.data);
    expect(error.message).toContain(`${path}: cannot be read: ENOENT`);
  });

  it("writes and reads files", () => {
    const path = join(folder, "sub", "some.safetensors");
    writeSafetensors(path, SAMPLE);
    expect(readSafetensors(path)).toEqual(SAMPLE);
  });

  it.each([
    ["empty", new Uint8Array(0), "0 bytes"],
    ["cut before the header length", new Uint8Array(7), "7 bytes"],
    [
      "a header length beyond the file",
      Buffer.from("ffffffffffffffff7b7d", "hex"),
      "header length 18446744073709551615",
    ],
    ["a header that is no JSON", file("{]", 0), "header: "],
    ["a header that is not UTF-8", Buffer.concat([file("", 0).fill(2, 0, 1), Buffer.of(0xff, 0xfe)]), "header: "],
    ["a header that is no object", file([1], 0), "header: not an object"],
    ["metadata that are no strings", file({ __metadata__: { n: 1 } }, 0), "header: __metadata__"],
    ["an entry without offsets", file({ a: { dtype: "F32", shape: [1] } }, 4), "tensor a: bad header entry"],
    ["a negative side", file({ a: tensor(0, 4, [-1]) }, 4), "tensor a: bad header entry"],
    ["a fractional side", file({ a: tensor(0, 4, [0.5]) }, 4), "tensor a: bad header entry"],
    ["a negative offset", file({ a: tensor(-4, 0) }, 4), "tensor a: bad header entry"],
    ["another type", file({ a: tensor(0, 1, [1], "F8_E9M9") }, 1), "tensor a: dtype F8_E9M9"],
    ["a type named like a method", file({ a: tensor(0, 1, [1], "toString") }, 1), "tensor a: dtype toString"],
    ["a half of another size", file({ a: tensor(0, 4, [1], "F16") }, 4), "tensor a: 4 bytes"],
    ["offsets beyond the data", file({ a: tensor(0, 8, [2]) }, 4), "tensor a: bytes 0 to 8"],
    ["a gap", file({ a: tensor(0, 4), b: tensor(8, 12) }, 12), "tensor b: bytes 8 to 12"],
    ["an overlap", file({ a: tensor(0, 4), b: tensor(0, 4) }, 8), "tensor b: bytes 0 to 4"],
    ["a shape of another size", file({ a: tensor(0, 4, [2]) }, 4), "tensor a: 4 bytes"],
    ["a shape beyond all numbers", file({ a: tensor(0, 4, [1e15, 1e15, 1e15]) }, 4), "tensor a: 4 bytes"],
    ["reversed offsets", file({ a: tensor(4, 0, [0]) }, 4), "tensor a: bytes 4 to 0"],
    ["bytes of no tensor", file({ a: tensor(0, 4) }, 5), "5 bytes of data"],
  ])("refuses %s", (_what, bytes, given) => {
    const error = userError(() => decodeSafetensors(inMemory(bytes), "bad.safetensors"));
    expect(error.exitCode).toBe(EXIT.data);
    expect(error.message).toContain(`bad.safetensors: ${given}`);
    expect(error.message).toContain("\n  accepted: ");
    expect(error.message).toContain("\n  hint: the file is damaged");
  });

  it("refuses a file cut anywhere", () => {
    const bytes = encodeSafetensors(SAMPLE);
    const path = join(folder, "cut.safetensors");
    for (let length = 0; length < bytes.length; length += 7) {
      writeFileSync(path, bytes.subarray(0, length));
      expect(userError(() => readSafetensors(path)).exitCode).toBe(EXIT.data);
    }
  });
});
