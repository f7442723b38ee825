import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeAtomic, writeAtomicParts } from "../../src/core/files.js";
import { scratchFolder } from "../support/folder.js";

const folder = scratchFolder();

test("a file is written in parts, text and bytes", () => {
  const path = join(folder, "new", "parts");
  writeAtomicParts(path, ["a ± b\n", Buffer.from("c"), "", "d"]);
  expect(readFileSync(path, "utf8")).toBe("a ± b\ncd");
});

test("what breaks off half-way leaves the old file and nothing else", () => {
  const path = join(folder, "kept", "file");
  writeAtomic(path, "old");
  function* broken(): Generator<string> {
    yield "new";
    throw new Error("no more");
  }
  expect(() => writeAtomicParts(path, broken())).toThrow("no more");
  expect(readFileSync(path, "utf8")).toBe("old");
  expect(readdirSync(join(folder, "kept"))).toEqual(["file"]);
});
