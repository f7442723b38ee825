import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../../src/core/errors.js";
import { readMat } from "../../../src/data/formats/mat.js";
import { userError } from "../../support/folder.js";
import {
  bytesElement,
  compressed,
  int32s,
  matElement,
  matFile,
  matHeader,
  matMatrix,
  type MatVariable,
} from "./mat-fixtures.js";

const six: MatVariable = { name: "labels", shape: [2, 3], numbers: bytesElement([1, 2, 3, 4, 5, 255]) };
const values = (file: Uint8Array): Record<string, unknown> =>
  Object.fromEntries(Object.entries(readMat(file, "f.mat")).map(([name, { data }]) => [name, [...data]]));

describe("readMat", () => {
  it("reads compressed and plain variables, first index fastest", () => {
    const other = matMatrix({ ...six, name: "y", shape: [6, 1] });
    for (const file of [matFile(matMatrix(six), other), matFile(compressed(matMatrix(six)), compressed(other))]) {
      const { labels, y } = readMat(file, "f.mat");
      expect(labels).toEqual({ shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 255) });
      expect(y!.shape).toEqual([6, 1]);
    }
    expect(readMat(matFile(), "f.mat")).toEqual({});
  });

  it("reads where the file is not aligned in memory", () => {
    const shifted = Buffer.concat([Buffer.from([7]), matFile(matMatrix({ ...six, kind: 6 }))]).subarray(1);
    expect(values(shifted)).toEqual({ labels: [1, 2, 3, 4, 5, 255] });
  });

  it("reads small elements: name and numbers", () => {
    const numbers = matElement(2, Buffer.from([10, 20, 30]), "small");
    expect(values(matFile(matMatrix({ name: "y", nameForm: "small", shape: [3, 1], numbers })))).toEqual({
      y: [10, 20, 30],
    });
  });

  it.each<[string, number, Buffer, number[]]>([
    ["bytes as double", 6, bytesElement([1, 200]), [1, 200]],
    ["int16 as double", 6, matElement(3, Buffer.from([0xd4, 0xfe, 1, 0])), [-300, 1]],
    ["uint16 as uint16", 11, matElement(4, Buffer.from([0x2c, 1, 0, 0])), [300, 0]],
    ["int32 as int32", 12, matElement(5, int32s([-70000, 5])), [-70000, 5]],
    ["uint32 as double", 6, matElement(6, Buffer.from([255, 255, 255, 255, 0, 0, 0, 0])), [4294967295, 0]],
    ["int8 as int8", 8, matElement(1, Buffer.from([255, 127])), [-1, 127]],
    ["single as single", 7, matElement(7, Buffer.from([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])), [1, -2]],
    [
      "double as double",
      6,
      matElement(9, Buffer.from([0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0xe0, 0xbf])),
      [1.5, -0.5],
    ],
  ])("converts %s", (_name, kind, numbers, expected) => {
    expect(values(matFile(matMatrix({ name: "v", kind, shape: [1, 2], numbers })))).toEqual({ v: expected });
  });

  const bomb = deflateSync(Buffer.concat([matMatrix(six), Buffer.alloc(50_000_000)]), { level: 9 });
  const giant = Buffer.alloc(16);
  giant.writeUInt32LE(14, 0);
  giant.writeUInt32LE(0xfffffff0, 4);
  const whole = matFile(matMatrix(six));
  const packed = matFile(compressed(matMatrix(six)));
  const variable = (changes: Partial<MatVariable>): Buffer => matFile(matMatrix({ ...six, ...changes }));
  it.each<[string, Uint8Array, RegExp]>([
    ["empty", new Uint8Array(0), /0 bytes[^]*a header of 128 bytes/],
    ["not a MAT file", Buffer.alloc(200, "x"), /not a MAT file[^]*accepted: MAT version 5, little-endian/],
    ["big-endian", matHeader({ version: 0x0001, endian: "MI" }), /big-endian numbers/],
    ["another version", matHeader({ version: 0x0200 }), /version 0x0200/],
    ["version 7.3", matHeader({ text: "MATLAB 7.3 MAT-file", version: 0x0200 }), /version 7\.3 \(HDF5\)/],
    ["bare HDF5", Buffer.from("\x89HDF\r\n\x1a\n", "latin1"), /version 7\.3 \(HDF5\)/],
    ["cut in a tag", whole.subarray(0, 132), /an element cut off after 4 bytes/],
    ["cut in a matrix", whole.subarray(0, -9), /an element of 64 bytes with 55 left/],
    ["cut in a zlib stream", packed.subarray(0, -5), /an element of \d+ bytes with \d+ left/],
    ["an endless element", matFile(giant), /an element of 4294967280 bytes with 8 left/],
    ["a broken zlib stream", matFile(matElement(15, Buffer.from("no zlib data"), "bare")), /broken zlib stream/],
    [
      "a short zlib stream",
      matFile(matElement(15, deflateSync(matMatrix(six)).subarray(0, -6), "bare")),
      /broken zlib/,
    ],
    ["an empty zlib stream", matFile(compressed(new Uint8Array(0))), /a compressed variable of 0 bytes/],
    ["a bomb behind a variable", matFile(matElement(15, bomb, "bare")), /longer than it says/],
    [
      "a bomb that says so",
      matFile(compressed(matElement(14, Buffer.alloc(5000)))),
      /5008 bytes[^]*at most 1000 bytes/,
    ],
    [
      "two variables over the bound together",
      matFile(compressed(matMatrix(six)), compressed(matElement(14, Buffer.alloc(960)))),
      /a variable of 968 bytes[^]*at most 928 bytes/,
    ],
    [
      "bytes after the stream",
      matFile(matElement(15, Buffer.concat([deflateSync(matMatrix(six)), Buffer.from("abc")]), "bare")),
      /3 bytes after a zlib stream/,
    ],
    [
      "a compressed number",
      matFile(compressed(bytesElement([1, 2, 3, 4, 5, 6, 7, 8]))),
      /a variable of element type 2/,
    ],
    ["a doubly compressed variable", matFile(compressed(compressed(matMatrix(six)))), /a variable of element type 15/],
    ["a variable twice", matFile(matMatrix(six), matMatrix(six)), /the variable labels twice/],
    ["an empty matrix", matFile(matElement(14, new Uint8Array(0))), /a matrix without flags/],
    [
      "a matrix of flags",
      matFile(matElement(14, matElement(6, Buffer.from([9, 0, 0, 0, 0, 0, 0, 0])))),
      /an incomplete matrix/,
    ],
    ["flags of all kinds", matFile(matElement(14, matElement(6, Buffer.alloc(8, 9)))), /a complex variable/],
    ["complex", variable({ kind: 6, flags: 0x08 }), /a complex variable/],
    ["sparse", variable({ kind: 5 }), /a variable of class sparse/],
    ["cell", variable({ kind: 1 }), /class cell/],
    ["struct", variable({ kind: 2 }), /class struct/],
    ["text", variable({ kind: 4 }), /class text/],
    ["int64", variable({ kind: 14 }), /class 14/],
    ["no name", variable({ name: "" }), /a variable named ""/],
    ["an odd name", variable({ name: "a b" }), /a variable named "a b"/],
    ["one dimension", variable({ shape: [6] }), /labels of shape 6\n[^]*2 to 8 dimensions/],
    ["a negative dimension", variable({ shape: [-2, -3] }), /labels of shape -2x-3/],
    ["absurd dimensions", variable({ shape: [70000, 70000] }), /at most 2147483648 elements/],
    ["too few numbers", variable({ shape: [2, 4] }), /f\.mat: labels: 6 bytes of uint8[^]*accepted: 8 bytes/],
    ["numbers of unknown type", variable({ numbers: matElement(12, Buffer.alloc(48)) }), /numbers of type 12/],
    [
      "numbers too large for the class",
      variable({ shape: [1, 2], numbers: matElement(5, int32s([255, 256])) }),
      /256 at 1[^]*numbers of class uint8/,
    ],
    [
      "bytes after the numbers",
      variable({ numbers: Buffer.concat([six.numbers, bytesElement([1])]) }),
      /16 bytes after the numbers/,
    ],
    [
      "a small element of 5 bytes",
      variable({ numbers: Buffer.from([2, 0, 5, 0, 1, 2, 3, 4]) }),
      /a small element of 5 bytes/,
    ],
  ])("refuses: %s", (_name, bytes, text) => {
    const error = userError(() => readMat(bytes, "f.mat", { maxBytes: 1000 }));
    expect(error.exitCode).toBe(EXIT.data);
    expect(error.message).toMatch(text);
    expect(error.faults[0]).toMatchObject({ accepted: expect.any(String), hint: expect.any(String) });
  });
});
