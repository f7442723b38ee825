import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { start } from "../support/binary.js";
import { writeClassFolders, writeOwnManifest } from "../support/class-folders.js";
import { scratchFolder } from "../support/folder.js";
import { atEnd, tool } from "../support/processes.js";
import { missing } from "../support/require.js";
import { resultsCopy } from "../support/results.js";
import { writeSmallConfig } from "../support/small-config.js";

const folder = scratchFolder();
const config = writeSmallConfig(folder);
const quadratics = join(packageRoot(), "configs", "quadratic.yaml");
writeClassFolders(join(folder, "images"), ["a", "b"], 12);

/** A disk that holds results and can't be written any more; undefined (with a notice) where this is not root. */
function readOnlyDisk(): string | undefined {
  const disk = join(folder, "disk");
  mkdirSync(disk);
  const mounted = tool("mount", ["-t", "tmpfs", "-o", "size=64m", "metamd-test", disk]);
  if (mounted.status !== 0) return missing(`read-only disk: mount needs root: ${mounted.stderr}`);
  atEnd(() => tool("umount", ["--lazy", disk]));
  resultsCopy(join(disk, "held"));
  writeOwnManifest(join(disk, "data"), "own", 2);
  return tool("mount", ["-o", "remount,ro", disk]).status === 0 ? disk : missing("read-only disk");
}
const disk = readOnlyDisk();

interface Case {
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly code: number;
}
const on = (...path: string[]): string => join(disk ?? folder, ...path);
const run = ["run", "--config", config, "--engine", "wasm", "--jobs", "1", "--results"];
const READ_ONLY: Readonly<Record<string, Case>> = {
  "results to be": { args: [...run, on("new")], code: 2 },
  "results to be, far below": { args: [...run, on("new", "and", "deep")], code: 2 },
  "a new experiment": { args: [...run, on("held")], code: 2 },
  "a table's folder": { args: ["table", "all", "--results", on("held")], code: 2 },
  "figures' folder": { args: ["figure", "all", "--results", on("held")], code: 2 },
  "a study's folder": {
    args: ["quadratic", "--config", quadratics, "--preset", "smoke", "--results", on("new", "deep")],
    code: 2,
  },
  "datasets to import": {
    args: ["data", "import", "own", join(folder, "images"), "--data", on("data")],
    code: 3,
  },
  "an engine's folder": {
    args: ["engine", "install"],
    env: { XDG_CACHE_HOME: on("cache"), PATH: process.env.PATH },
    code: 2,
  },
};

async function expectRefused({ args, env, code }: Case, reason: RegExp): Promise<void> {
  const ended = await start(folder, args, env).ended;
  expect(ended.stderr).toMatch(reason);
  expect(ended.stderr).toMatch(/\n {2}hint: /);
  expect(ended.stderr).not.toMatch(/ENOENT[^]*EROFS|bug in metamd|removed while|^ +at /m);
  expect(ended.code, ended.stderr).toBe(code);
}

describe.skipIf(disk === undefined)("a read-only disk is called one", () => {
  test.each(Object.entries(READ_ONLY))("%s", async (_what, held) => {
    await expectRefused(held, /EROFS: read-only file system[^]*hint: the disk is read-only/);
  });
});

test.skipIf(disk === undefined)("a full disk is named where a set is imported, and nothing is left there", async () => {
  const full = join(folder, "full");
  mkdirSync(full);
  expect(tool("mount", ["-t", "tmpfs", "-o", "size=32k", "metamd-test", full]).status).toBe(0);
  try {
    writeOwnManifest(join(full, "data"), "own", 2);
    tool("dd", ["if=/dev/zero", `of=${join(full, "filled")}`, "bs=1k"]);
    const ended = await start(folder, ["data", "import", "own", join(folder, "images"), "--data", join(full, "data")])
      .ended;
    expect(ended.stderr).toMatch(/^metamd: .*full\/data\/own\S*: .*(ENOSPC|disk space)[^]*hint: /m);
    expect(ended.code, ended.stderr).toBe(3);
    expect(existsSync(join(full, "data", "own"))).toBe(false);
  } finally {
    tool("umount", ["--lazy", full]);
  }
});

test.each([["new"], ["new/and/deep"]])("where no folder is made, none is tried for ever: /proc/%s", async (name) => {
  const ended = await start(folder, [...run, join("/proc", name)]).ended;
  expect(ended.stderr).toMatch(/cannot be written: ENOENT: [^]*mkdir '\/proc\/new'\n[^]*hint: .*can't be made there/);
  expect(ended.code).toBe(2);
});

test("a file that cannot be made in a folder that stands says so: nothing has vanished", async () => {
  const results = join(folder, "reported");
  resultsCopy(results);
  const ended = await start(folder, ["report", "--results", results, "--out", "/proc/report.html"]).ended;
  expect(ended.stderr).toMatch(/^metamd: \/proc\/report\.html: cannot be written: ENOENT: [^]*hint: /m);
  expect(ended.code).toBe(2);
});

test("a file on the way is named", async () => {
  const ended = await start(folder, [...run, join(config, "and", "deep")]).ended;
  expect(ended.stderr).toContain(`EEXIST: file already exists, mkdir '${config}'\n`);
  expect(ended.stderr).toContain("hint: a file stands where a folder should be");
  expect(ended.code).toBe(2);
});
