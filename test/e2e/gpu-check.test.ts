import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { runProgram, type Ended } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { seemingBuild, seemingGpus, TWO } from "../support/gpus.js";

const folder = scratchFolder();
afterEach(() => void vi.unstubAllEnvs());
const SCRIPT = join(packageRoot(), "scripts", "gpu-check", "gpu-check.js");
const check = (env: NodeJS.ProcessEnv): Promise<Ended> =>
  runProgram(process.execPath, [SCRIPT, "--output", join(folder, "out")], {
    env: { METAMD_ENGINE_DIR: join(folder, "engine"), CUDA_VISIBLE_DEVICES: undefined, ...env },
  });

test("gpu-check says why there is no GPU to check, and what to do", async () => {
  const { code, stderr } = await check({ PATH: join(folder, "nothing") });
  expect(stderr).toMatch(/^no GPU: .*\n {2}hint: .*; --cpu goes through all parts on the processor\n$/);
  expect(code).toBe(4);
});

test("gpu-check asks for the CUDA build where there is a GPU", async () => {
  seemingGpus(join(folder, "two"), TWO);
  const { code, stderr } = await check({});
  expect(stderr).toBe(
    "no GPU: the native engine is not installed\n" +
      "  hint: metamd engine install --gpu; --cpu goes through all parts on the processor\n",
  );
  expect(code).toBe(4);
});

test.each([
  ["a part of one", { CUDA_VISIBLE_DEVICES: "MIG-1234" }, 0],
  ["one that nvidia-smi does not tell of", { CUDA_VISIBLE_DEVICES: "0" }, 9],
])("gpu-check takes a GPU: %s", async (_name, env, ends) => {
  seemingGpus(join(folder, "driver"), "", ends);
  seemingBuild(join(folder, "cuda"), "gpu");
  const { code, stderr } = await check({ ...env, METAMD_ENGINE_DIR: join(folder, "cuda") });
  expect(stderr).toContain("rules: every method on the MLP\n");
  expect(stderr).not.toContain("no GPU");
  expect(code).toBe(4);
});

test("gpu-check tells what its parts found, where others break", async () => {
  const breaking = join(folder, "breaking.cjs");
  writeFileSync(
    breaking,
    'const [, file, part] = process.argv;\nif (/part.js$/.test(file) ? part !== "rules" : /metamd.js$/.test(file)) process.exit(1);\n',
  );
  const output = join(folder, "broken");
  const { code, stderr } = await runProgram(process.execPath, [SCRIPT, "--cpu", "--output", output], {
    env: { NODE_OPTIONS: `--require ${breaking}` },
  });
  expect(stderr).toContain("batches on the cpu: the process ended with code 1; what it said is above\n");
  expect(code).toBe(1);
  const report = JSON.parse(readFileSync(join(output, "gpu-check.json"), "utf8")) as Record<string, unknown[]>;
  expect(report.broken).toHaveLength(5);
  expect(report.rules).not.toHaveLength(0);
  expect(readFileSync(join(output, "gpu-check.md"), "utf8")).toContain("**Not finished: times on the cpu: ");
});

describe("gpu-check --cpu", () => {
  const dryRun = (output: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    runProgram(process.execPath, [SCRIPT, "--cpu", "--output", output], { env });

  test("says that the native engine is not installed, and makes nothing", async () => {
    const output = join(folder, "none");
    expect(await dryRun(output, { METAMD_ENGINE_DIR: join(folder, "engine") })).toMatchObject({
      code: 4,
      stdout: "",
      stderr: "gpu-check.js: engine tensorflow: the native engine is not installed\n  hint: metamd engine install\n",
    });
    expect(readdirSync(folder)).not.toContain("none");
  });

  test("says that the native engine does not open", async () => {
    const env = { METAMD_ENGINE_DIR: join(folder, "broken") };
    seemingBuild(env.METAMD_ENGINE_DIR, "cpu");
    const { code, stderr } = await dryRun(join(folder, "out"), env);
    expect(stderr).toContain("engine tensorflow: an installation that does not load: ");
    expect(stderr).toContain("hint: metamd engine install --force");
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(4);
  });

  const file = join(folder, "file");
  writeFileSync(file, "");
  const nowhere = join(folder, "link");
  symlinkSync(join(folder, "not-there"), nowhere);
  test.each([
    ["a file", file, "EEXIST", "a file stands where a folder should be"],
    ["below a file", join(file, "sub"), "EEXIST", "a file stands where a folder should be"],
    ["a link to nowhere", nowhere, "EEXIST", "a file stands where a folder should be"],
    ["where nothing can be made", "/proc/nope/sub", "ENOENT", "choose another place"],
    ["where nothing can be written", "/proc", "ENOENT", "choose another place"],
  ])("refuses an output that is %s, before any part", async (_name, output, reason, hint) => {
    seemingBuild(join(folder, "seeming"), "cpu");
    const { code, stderr } = await dryRun(output);
    expect(stderr).toContain(`gpu-check.js: ${output}: cannot be written: ${reason}`);
    expect(stderr).toContain(hint);
    expect(stderr.trimEnd().split("\n")).toHaveLength(3);
    expect(code).toBe(2);
  });
});
