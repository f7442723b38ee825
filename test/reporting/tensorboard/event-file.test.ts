import { describe, expect, test } from "vitest";
import { crc32c, eventFile, record } from "../../../src/reporting/tensorboard/event-file.js";

describe("an event file", () => {
  test.each([
    [Buffer.from("123456789"), 0xe3069283],
    [Buffer.alloc(32), 0x8a9136aa],
    [Buffer.alloc(32, 0xff), 0x62a8ab43],
  ])("has the checksums of RFC 3720, B.4", (bytes, crc) => expect(crc32c(bytes)).toBe(crc));

  test("is, byte by byte, what TensorBoard 2.19 writes", () => {
    const session = { parameters: {}, startSeconds: 1700000000.5, endSeconds: 1700000002.5 };
    const scalar = { tag: "loss/train", value: 2.25, step: 300, wallTime: 1700000001.5 };
    const file = Buffer.from(eventFile(session, [scalar])).toString("hex");
    const version = "1800000000000000a37f4b220900002040fc54d9411a0d627261696e2e4576656e743a322b353110";
    const point = "2100000000000000017becf60900006040fc54d94110ac022a130a110a0a6c6f73732f747261696e1500001040d266fcab";
    const ended = "220b0801110000a040fc54d941";
    expect(file.startsWith(version)).toBe(true);
    expect(file.endsWith(point)).toBe(true);
    expect(file).toContain(ended);
  });

  test("is records whose lengths lead from one to the next", () => {
    const bytes = record(Buffer.from("abc"));
    expect([bytes.length, bytes.readBigUInt64LE(0)]).toEqual([19, 3n]);
  });
});
