import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UserError } from "../../src/core/errors.js";
import { fromTsv, inTsv, printable, printableName } from "../../src/core/printable.js";
import { importDataset } from "../../src/data/import/import.js";
import { parseTreeList, treeList } from "../../src/data/store/tree.js";
import { verifyDatasets } from "../../src/data/store/verify.js";
import { writeClassFolders, writeOwnManifest } from "../support/class-folders.js";
import { scratchFolder } from "../support/folder.js";
import { runMain } from "../support/main.js";
import { resultsCopy } from "../support/results.js";
import { writeSmallConfig } from "../support/small-config.js";

const folder = scratchFolder();
/** Clears the screen, names the window, goes back, is C1, turns the order round. */
const HOSTILE = "\u001b[2J\u001b]0;pwn\u0007\b\u009b31m\u202eevil\u0000\r";
// eslint-disable-next-line no-control-regex -- they are what is looked for
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

test("what a terminal would obey is written out; lines and tabs of a text stay, those of a name do not", () => {
  expect(printable(`a\tb\n${HOSTILE}`)).not.toMatch(unprintable);
  expect(printable("\u001b[31m")).toBe("\\x1b[31m");
  expect(printable("a\tb\n")).toBe("a\tb\n");
  expect(printableName("a\tb\nc\r")).toBe("a\\tb\\nc\\r");
  expect(printable("café — 한글 👍🏽")).toBe("café — 한글 👍🏽");
});

test("names in a TSV are read back, whatever they hold", () => {
  for (const name of [`a${HOSTILE}b`, "tab\there", "two\nlines", "plain"]) {
    expect(inTsv(name)).not.toMatch(/[\t\n]/);
    expect(fromTsv(inTsv(name))).toBe(name);
    const files = [{ path: name, sha256: "0".repeat(64), bytes: 1 }];
    expect(parseTreeList(treeList(files))).toEqual(files);
  }
});

test("a message cannot be forged by a name on several lines", () => {
  const error = new UserError(2, { where: "a\nmetamd: all is well", given: `x\nmetamd: fine ${HOSTILE}` });
  expect(error.message).not.toMatch(unprintable);
  expect(error.message).not.toMatch(/^metamd:/m);
});

describe("every command that shows a name", () => {
  const title = JSON.stringify(`${HOSTILE} RED`).replaceAll("\u009b", "\\x9b").replaceAll("\u202e", "\\u202e");
  const hostile = `title: ${title}\nvariants: { evil: { of: sgd_momentum, title: ${title}, methodSettings: { momentum: 0.5 } } }\n`;
  const config = writeSmallConfig(folder, hostile);
  const results = join(folder, "results");
  const run = ["--config", config, "--results", results, "--engine", "reference", "--jobs", "1"];

  test("run, status, table, plan and claims", async () => {
    const commands = [
      ["run", ...run],
      ["status", "--results", results],
      ["table", "--results", results],
      ["table", "all", "--results", results],
      ["plan", "--config", config, "--results", results, "--engine", "reference"],
      ["inspect", join(results, "t")],
    ];
    for (const command of commands) {
      const { out, err } = await runMain(...command);
      expect(out + err, command.join(" ")).not.toMatch(unprintable);
    }
    const json = await runMain("plan", "--config", config, "--results", results, "--engine", "reference", "--json");
    expect((JSON.parse(json.out) as { title: string }).title).toBe(`${HOSTILE} RED`);
  });

  test("a refused key, value and path", async () => {
    const said = [
      await runMain("plan", "--config", writeSmallConfig(folder, `"${"\\e[31m"}key": 1\n`)),
      await runMain("plan", "--config", config, "--set", `trials=${HOSTILE.replace("\0", "")}`),
      await runMain("plan", "--config", `${HOSTILE.replace("\0", "")}.yaml`),
      await runMain("status", HOSTILE.replace("\0", ""), "--results", results),
      await runMain("inspect", `${HOSTILE.replace("\0", "")}.json`),
      await runMain("nocommand\u001b[31m"),
    ];
    for (const { code, out, err } of said) {
      expect(code).not.toBe(0);
      expect(out + err).not.toMatch(unprintable);
    }
  });

  test("paths of figures that are written", async () => {
    const copy = join(folder, "copy");
    resultsCopy(copy);
    const { out } = await runMain("figure", "fig2", "--results", copy, "--out", join(folder, "fig\nures\u001b[0m"));
    expect(out).not.toMatch(unprintable);
    expect(out.trimEnd().split("\n")).toHaveLength(1);
  });
});

test("images whose names hold tabs and line ends are imported, listed and verified", async () => {
  const root = join(folder, "data");
  writeOwnManifest(root, "own", 2);
  const given = writeClassFolders(join(folder, "given"), ["a", "b"], 12);
  mkdirSync(join(given, "a"), { recursive: true });
  for (const name of ["tab\there.jpg", "two\nlines.jpg", "esc\u001b[31m.jpg"])
    writeFileSync(join(given, "a", name), name);
  expect(await importDataset(root, "own", [given])).toMatchObject({ state: "ready", extracted: 27 });
  const lines = readFileSync(join(root, "own", "tree.tsv"), "utf8")
    .trimEnd()
    .split("\n");
  expect(lines).toHaveLength(28);
  for (const line of lines.slice(1)) expect(line.split("\t")).toHaveLength(3);
  expect((await verifyDatasets(root, ["own"])).map(({ state }) => state)).toEqual(["ok"]);
});
