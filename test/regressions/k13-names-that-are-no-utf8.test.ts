import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { importDataset } from "../../src/data/store/import.js";
import { filesBelow } from "../../src/core/walk.js";
import { writeClassFolders, writeOwnManifest } from "../support/class-folders.js";
import { scratchFolder } from "../support/folder.js";
import { runMain } from "../support/main.js";

const folder = scratchFolder();
const bytes = (...parts: (string | number)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from([part]))));

async function refusal(name: string, misname: (given: string) => void): Promise<{ code: number; err: string }> {
  const root = join(folder, name);
  writeOwnManifest(root, "own", 2);
  const given = writeClassFolders(join(folder, `given-${name}`), ["a", "b"], 12);
  misname(given);
  return runMain("data", "import", "own", given, "--data", root);
}

test.each([
  ["a photo in Latin-1", "caf", 0xe9, ".jpg", "caf\\xe9.jpg"],
  ["one in Shift-JIS", "", 0x83, "\x41.jpg", "\\x83A.jpg"],
  ["a cut sign", "a", 0xc3, ".jpg", "a\\xc3.jpg"],
])("%s is named with its bytes and the advice to rename it", async (what, before, byte, after, shown) => {
  const { code, err } = await refusal(what, (given) => writeFileSync(bytes(`${given}/a/`, before, byte, after), "x"));
  expect(code).toBe(3);
  expect(err).toContain(`${shown}: a name that is not UTF-8\n`);
  expect(err).toMatch(/hint: rename it/);
});

test("so is a folder: a class is never left out without a word", async () => {
  const { code, err } = await refusal("folder", (given) => renameSync(`${given}/b`, bytes(`${given}/b`, 0xe9)));
  expect(code).toBe(3);
  expect(err).toContain("b\\xe9: a name that is not UTF-8");
});

test("a name that holds the sign for what cannot be read is a name like others", async () => {
  const root = join(folder, "sign");
  writeOwnManifest(root, "own", 2);
  const given = writeClassFolders(join(folder, "given-sign"), ["a\ufffd", "b"], 12);
  expect(await importDataset(root, "own", [given])).toMatchObject({ state: "ready" });
  expect(filesBelow(given)).toContain("a\ufffd/0.jpg");
});

test("a config or a folder whose name the command line could not read says so", async () => {
  mkdirSync(bytes(`${folder}/caf`, 0xe9));
  const config = await runMain("plan", "--config", join(folder, "caf\ufffd", "x.yaml"));
  const given = await runMain("data", "import", "mnist", join(folder, "caf\ufffd"), "--data", folder);
  expect([config.code, given.code]).toEqual([2, 3]);
  for (const { err } of [config, given]) expect(err).toContain("rename it: its name is not UTF-8");
});
