import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { scratchFolder } from "../support/folder.js";
import { seemingGpus, TWO } from "../support/gpus.js";

const folder = scratchFolder();
const SCRIPT = join(packageRoot(), "scripts", "gpu-check", "gpu-check.js");
const check = (env: NodeJS.ProcessEnv): { status: number | null; stderr: string } =>
  spawnSync(process.execPath, [SCRIPT, "--output", join(folder, "out")], {
    encoding: "utf8",
    env: { ...process.env, METAMD_ENGINE_DIR: join(folder, "engine"), CUDA_VISIBLE_DEVICES: undefined, ...env },
  });

test("gpu-check says why there is no GPU to check, and what to do", () => {
  const { status, stderr } = check({ PATH: join(folder, "nothing") });
  expect(stderr).toMatch(/^no GPU: .*\n {2}hint: .*; --cpu goes through all parts on the processor\n$/);
  expect(status).toBe(4);
});

test("gpu-check asks for the CUDA build where there is a GPU", () => {
  seemingGpus(join(folder, "two"), TWO);
  const { status, stderr } = check({});
  expect(stderr).toBe(
    "no GPU: the native engine is not installed\n" +
      "  hint: metamd engine install --gpu; --cpu goes through all parts on the processor\n",
  );
  expect(status).toBe(4);
});
