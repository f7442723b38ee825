import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { runProgram, type Ended } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { seemingGpus, TWO } from "../support/gpus.js";

const folder = scratchFolder();
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
