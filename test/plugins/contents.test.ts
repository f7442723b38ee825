import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sha256 } from "../../src/core/hash.js";
import { contentsOf } from "../../src/plugins/contents.js";
import { scratchFolder } from "../support/folder.js";

const folder = scratchFolder();
const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

test("a plug-in of one file has the hash of its bytes", () => {
  const text = 'import { z } from "metamd-bench/plugins";\nimport "./is-not-there.mjs";\n';
  const path = write("alone.mjs", text);
  expect(contentsOf(path)).toEqual({ files: [path], sha256: sha256(text) });
});

test("what it names by a path is part of it, and what that names, each once", () => {
  mkdirSync(join(folder, "parts"));
  const helper = write("parts/helper.mjs", 'export { two } from "../two.js"; import("../whole.mjs");');
  const two = write("two.js", "export const two = 2;");
  const table = write("table.json", "[1, 2]");
  const whole = write(
    "whole.mjs",
    "import { two } from './parts/helper.mjs'; new URL(`./table.json`, import.meta.url);",
  );
  const before = contentsOf(whole);
  expect([...before.files].sort()).toEqual([helper, two, table, whole].sort());
  for (const [name, text] of [
    ["two.js", "export const two = 3;"],
    ["table.json", "[1, 3]"],
  ] as const) {
    const hash = contentsOf(whole).sha256;
    write(name, text);
    expect(contentsOf(whole).sha256).not.toBe(hash);
  }
  write("two.js", "export const two = 2;");
  write("table.json", "[1, 2]");
  expect(contentsOf(whole)).toEqual(before);
});

test("the hash does not depend on where the folder lies", () => {
  const at = (place: string): string => {
    mkdirSync(join(folder, place));
    write(`${place}/helper.mjs`, "export const one = 1;");
    return contentsOf(write(`${place}/rule.mjs`, 'import "./helper.mjs";')).sha256;
  };
  expect(at("here")).toBe(at("there"));
});
