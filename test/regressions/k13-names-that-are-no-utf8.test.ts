import { mkdirSync, mkdtempSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { importDataset } from "../../src/data/import/import.js";
import { filesBelow } from "../../src/core/walk.js";
import { inShell, PROGRAM } from "../support/binary.js";
import { writeClassFolders, writeOwnManifest } from "../support/class-folders.js";
import { scratchFolder } from "../support/folder.js";
import { runMain } from "../support/main.js";
import { writeSmallConfig } from "../support/small-config.js";

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

describe.skipIf(process.platform !== "linux")("what Node reads as another name than was meant", () => {
  const config = writeSmallConfig(folder);

  /** Runs a shell's line, which may hold bytes that Node's own arguments can't. */
  async function shell(line: string): Promise<{ said: string; left: readonly string[] }> {
    const at = mkdtempSync(join(folder, "shell-"));
    const { stderr, stdout } = await inShell(line, { folder: at, env: { M: `${process.execPath} ${PROGRAM}` } });
    return { said: stderr + stdout, left: readdirSync(at) };
  }

  const run = `$M run --config ${config} --engine wasm --jobs 1 --quiet`;
  test.each([
    ["results", `${run} --results $'r\\xe9'`, "r\\xe9"],
    ["in one word", `${run} --results=$'r\\xe9/deep'`, "--results=r\\xe9/deep"],
    ["a folder of datasets", `$M data list --data $'\\xff'`, "\\xff"],
    ["a config", `$M plan --config $'x\\xe9.yaml'`, "x\\xe9.yaml"],
    ["a file to write", `$M export --to $'x\\xe9'`, "x\\xe9"],
    ["a path within a value", `${run} --set $'model.pretrained=w\\xe9'`, "model.pretrained=w\\xe9"],
    ["a file to look into", `$M inspect $'w\\xe9'`, "w\\xe9"],
    ["an engine's folder", `METAMD_ENGINE_DIR=$'/e\\xe9' $M engine info`, "METAMD_ENGINE_DIR=/e\\xe9"],
    ["the cache", `XDG_CACHE_HOME=$'/c\\xe9' $M engine info`, "XDG_CACHE_HOME=/c\\xe9"],
    ["home", `env -u XDG_CACHE_HOME -u METAMD_ENGINE_DIR HOME=$'/h\\xe9' $M engine info`, "HOME=/h\\xe9"],
  ])("%s is refused with its bytes, and nothing is written", async (_what, line, shown) => {
    const { said, left } = await shell(`${line}; echo exit $?`);
    expect(said).toContain(`metamd: ${shown}: a`);
    expect(said).toMatch(/is not UTF-8\n {2}accepted: names in UTF-8\n {2}hint: .*\nexit 2\n$/);
    expect(left).toEqual([]);
  });

  test("so is a working folder, from which a relative path would lead elsewhere", async () => {
    const { said, left } = await shell(`mkdir $'w\\xe9' && cd $'w\\xe9' && ${run} --results r; echo exit $?; ls`);
    expect(said).toMatch(/w\\xe9: a working folder whose name is not UTF-8\n[^]*exit 2\n$/);
    expect(left).toHaveLength(1);
  });

  test("a name that holds the sign for it is a name like others, and help needs no name", async () => {
    const { said, left } = await shell(`${run} --results $'r\\xef\\xbf\\xbd'; echo exit $?`);
    expect(said).toMatch(/exit 0\n$/);
    expect(left).toEqual(["r\ufffd"]);
    expect((await shell(`mkdir $'w\\xe9' && cd $'w\\xe9' && $M --help`)).said).toContain("Usage: metamd");
  });
});
