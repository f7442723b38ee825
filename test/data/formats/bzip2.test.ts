import { describe, expect, it } from "vitest";
import { EXIT } from "../../../src/core/errors.js";
import { bunzip } from "../../../src/data/formats/bzip2.js";
import { userError } from "../../support/folder.js";

// Made by Python 3.12's bz2: "hello bzip2\n", three million zeros, and (i·i) mod 7 for i < 150,000 in two blocks.
const decode = (text: string): Buffer => Buffer.from(text, "base64");
const HELLO = decode("QlpoOTFBWSZTWatrofEAAALZgAAQQAAQABJkwBAgADEA000EAB6j705RogeLuSKcKEhVtdD4gA==");
const BOMB = decode("QlpoOTFBWSZTWaZFgLIAFvpACMAAQAAACCAAMMwJqmmpAi2pIEXi7kinChIUyLAWQA==");
const BLOCKS = decode(
  "QlpoMTFBWSZTWaZcjC4AG+VAAHQAIABQZpoJqk9TiUCYlAniUCcSgTRKBMSgT5igrJMprJ7QuDSABvpgADoAEAAoM00E1QYpAm8pAnSQJkkCbKQJ0kCeLuSKcKEg4jDQaA==",
);

describe("bunzip", () => {
  it("inflates one stream and several, one block and several", () => {
    expect(Buffer.from(bunzip(HELLO, "f")).toString()).toBe("hello bzip2\n");
    expect(Buffer.from(bunzip(Buffer.concat([HELLO, HELLO]), "f")).toString()).toBe("hello bzip2\nhello bzip2\n");
    expect(bunzip(BLOCKS, "f")).toEqual(Uint8Array.from({ length: 150_000 }, (_unused, i) => (i * i) % 7));
    expect(bunzip(HELLO, "f", 12).length).toBe(12);
  });

  it("refuses every truncation, also where a block ends", () => {
    for (let length = 0; length < BLOCKS.length; length++) {
      const error = userError(() => bunzip(BLOCKS.subarray(0, length), "f"));
      expect(error.message, `${length} bytes`).toMatch(/^f: broken bzip2 stream/);
    }
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["another format", Buffer.from("PK\x03\x04 zip"), /broken bzip2 stream \(Not bzip data/],
    ["bytes behind it", Buffer.concat([HELLO, Buffer.from("more")]), /broken bzip2 stream/],
    ["a flipped bit", HELLO.map((byte, i) => (i === 40 ? byte ^ 1 : byte)), /broken bzip2 stream/],
    ["too much", BOMB, /inflates to more than 1000 bytes[^]*at most 1000 bytes/],
  ])("refuses: %s", (_name, bytes, text) => {
    const error = userError(() => bunzip(bytes, "usps: usps.bz2", 1000));
    expect(error.exitCode).toBe(EXIT.data);
    expect(error.message).toMatch(text);
  });
});
