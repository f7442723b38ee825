import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
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

test("a folder that was removed after it was looked at is not made again, and neither are those above", () => {
  const within = join(folder, "experiment");
  mkdirSync(within);
  const guard = Object.assign(() => rmSync(within, { recursive: true, force: true }), { within });
  expect(() => writeAtomic(join(within, "runs", "1", "record.json"), "", guard)).toThrow("ENOENT");
  expect(existsSync(within)).toBe(false);
});

test("folders below one that stands are made", () => {
  const within = join(folder, "standing");
  mkdirSync(within);
  const path = join(within, "runs", "1", "record.json");
  writeAtomic(
    path,
    "whole",
    Object.assign(() => undefined, { within }),
  );
  expect(readFileSync(path, "utf8")).toBe("whole");
});
