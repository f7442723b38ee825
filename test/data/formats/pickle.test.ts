import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EXIT, UserError } from "../../../src/core/errors.js";
import { readCifarPickle } from "../../../src/data/formats/cifar-pickle.js";
import { readPickle, type PickledArray } from "../../../src/data/formats/pickle.js";
import { errorOf } from "../fixtures.js";
import { drawn } from "../other-forms.js";

/** What Python's pickle writes: scripts/golden/other-forms.py. */
const official = readFileSync(new URL("../../fixtures/other-forms/pickle", import.meta.url));
const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))));
const pickle = (body: string): Uint8Array => bytes([0x80, 2], body);

async function refused(given: Uint8Array): Promise<string> {
  const error = await errorOf(() => readPickle(given, "p"));
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).exitCode).toBe(EXIT.data);
  return (error as UserError).faults[0]!.given;
}

describe("readPickle", () => {
  it("reads what Python writes", () => {
    const held = readPickle(official, "p") as Map<string, unknown>;
    expect([...held.keys()]).toEqual(["batch_label", "labels", "data", "filenames"]);
    expect(held.get("labels")).toEqual([0, 1, 2]);
    expect(Buffer.from(held.get("batch_label") as Uint8Array).toString()).toBe("training batch 1 of 5");
    expect((held.get("filenames") as Uint8Array[]).map((name) => Buffer.from(name).toString())).toEqual([
      "0.png",
      "1.png",
      "2.png",
    ]);
    expect((held.get("data") as PickledArray).shape).toEqual([3, 3072]);
  });

  it("reads numbers, remembered values, tuples and truths", () => {
    expect(readPickle(pickle("(K\x01M\x02\x01J\xff\xff\xff\xffNt."), "p")).toEqual([1, 258, -1, null]);
    expect(readPickle(pickle("U\x01aq\x00h\x00\x86."), "p")).toEqual([Buffer.from("a"), Buffer.from("a")]);
    expect(readPickle(pickle("\x88\x89\x86\x85."), "p")).toEqual([[true, false]]);
    expect(readPickle(pickle("]K\x05a."), "p")).toEqual([5]);
    expect(readPickle(pickle("}U\x01kK\x07s."), "p")).toEqual(new Map([["k", 7]]));
  });

  it("turns an array that lies column by column", () => {
    const type = "cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R";
    const array = "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R";
    const { data } = readPickle(pickle(`${array}(K\x01K\x02K\x03\x86${type}\x88U\x06abcdeftb.`), "p") as PickledArray;
    expect(Buffer.from(data).toString()).toBe("acebdf");
  });

  it.each([
    ["a command", "cos\nsystem\nU\x02ls\x85R.", "the name os system, which would run code"],
    ["a built-in", "c__builtin__\neval\n.", "the name __builtin__ eval, which would run code"],
    ["a class of its own", "(U\x01aicollections\nOrderedDict\n.", "instruction 0x69 at 6, which is not read"],
    ["a number called", "K\x01K\x02\x85R.", "no name is called"],
    ["an array of another type", "cnumpy\ndtype\nU\x02f4K\x00K\x01\x87R.", "numpy dtype is called for f4"],
    ["a name as the value", "cnumpy\nndarray\n.", "a name or a type in place of a value"],
    ["nothing remembered", "h\x03.", "nothing is remembered as 3"],
    ["no mark", "K\x01t.", "an instruction without its mark"],
    ["too few values", "\x86.", "an instruction without its operand"],
    ["a key that is a number", "}K\x01K\x02s.", "a key that is no text"],
    ["a list as a dictionary", "]U\x01aK\x02s.", "keys put into no dictionary"],
    ["a text that is cut off", "T\xff\x00\x00\x00abc", "a pickle cut off after 10 bytes"],
    ["no end", "K\x01", "a pickle cut off after 4 bytes"],
  ])("refuses %s", async (_name, body, given) => {
    expect(await refused(pickle(body))).toBe(given);
  });

  it("refuses other protocols, other files, and any beginning of a file", async () => {
    expect(await refused(bytes([0x80, 4], "K\x01."))).toBe("a pickle of protocol 4");
    expect(await refused(bytes("(dp0\n."))).toBe("starts with 28");
    expect(await refused(new Uint8Array(0))).toBe("starts with nothing");
    for (let length = 1; length < 400; length++) await refused(official.subarray(0, length));
  });
});

describe("readCifarPickle", () => {
  it("gives labels and pixels as rows of colours", () => {
    const { labels, pixels } = readCifarPickle(official, "p");
    expect([...labels]).toEqual([0, 1, 2]);
    expect(Buffer.from(pixels).equals(Buffer.from(drawn(0, 3, 32, 3)))).toBe(true);
  });

  it("refuses what has no images, or other labels", async () => {
    const given = async (body: Uint8Array): Promise<string> =>
      ((await errorOf(() => readCifarPickle(body, "p"))) as UserError).faults[0]!.given;
    expect(await given(pickle("}."))).toBe("no array of images as data");
    expect(await given(pickle("K\x01."))).toBe("no array of images as data");
    const labels = Buffer.from(official);
    labels[labels.indexOf("K\x00K\x01K\x02", 0, "latin1") + 3] = 10;
    expect(await given(labels)).toBe("label 10 at 1");
    labels.write("k", labels.indexOf("labels"), "latin1");
    expect(await given(labels)).toBe("no labels");
  });
});
