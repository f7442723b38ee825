import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { start } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { checkpoints, HASTY, patchedBuild } from "../support/patched-build.js";
import { childrenOf } from "../support/processes.js";
import { drill } from "../support/require.js";
import { SMALL, SMALL_CELLS } from "../support/small-experiment.js";
import { until } from "../support/until.js";

const folder = scratchFolder();
writeFileSync(join(folder, "small.yaml"), SMALL);
const program = patchedBuild(join(folder, "program"), HASTY);

drill("is ended after a while, and costs its run one retry", async () => {
  const args = ["run", "--config", "small.yaml", "--engine", "wasm", "--jobs", "2", "--results", "results"];
  const running = start(folder, [...args, "--set", "training.steps=800"], {}, program);
  // Each worker has a run: one that is not ready yet would be this machine's fault.
  await until(() => checkpoints(join(folder, "results")).length === 2, running);
  const [worker] = childrenOf(running.pid);
  process.kill(worker!, "SIGSTOP");
  const { code, stderr } = await running.ended;
  expect(code, stderr).toBe(0);
  expect(stderr).toContain(`${SMALL_CELLS} runs done (0 diverged), 0 were done before, 0 failed`);
  expect(readdirSync(join(folder, "results", "small", "runs"))).toHaveLength(SMALL_CELLS);
});
