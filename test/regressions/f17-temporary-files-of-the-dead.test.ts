import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { start } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { drill } from "../support/require.js";
import { SMALL_CELLS, smallExperiment } from "../support/small-experiment.js";

const folder = scratchFolder();
writeFileSync(join(folder, "small.yaml"), smallExperiment({ keepWeights: true }));

/** Ends the process by kill -9 where it would put its KILL_AT-th file below the results in place: the temporary one stays. */
const shim = join(folder, "dies.mjs");
writeFileSync(
  shim,
  `import fs from "node:fs"; import { syncBuiltinESMExports } from "node:module";
const real = fs.renameSync; let left = Number(process.env.KILL_AT);
fs.renameSync = (from, to) => {
  if (String(to).includes("results") && --left === 0) process.kill(process.pid, "SIGKILL");
  return real(from, to);
};
syncBuiltinESMExports();
`,
);
const metamd = (args: readonly string[], killAt?: number) =>
  start(folder, args, killAt === undefined ? {} : { NODE_OPTIONS: `--import ${shim}`, KILL_AT: String(killAt) }).ended;
const temporary = (): string[] =>
  existsSync(join(folder, "results"))
    ? readdirSync(join(folder, "results"), { recursive: true, encoding: "utf8" }).filter((name) =>
        name.includes(".tmp-"),
      )
    : [];

const RUN = ["run", "--config", "small.yaml", "--engine", "wasm", "--jobs", "1"];

const PLACES = [1, 2, 3, 5, 8, 4, 6, 7];

drill("what processes that were killed were writing is swept by those that go on", async () => {
  let [killed, left] = [0, 0];
  for (const at of PLACES) {
    const { signal } = await metamd(RUN, at);
    if (signal === "SIGKILL") killed++;
    left = Math.max(left, temporary().length);
  }
  expect([killed, left]).toEqual([
    expect.toSatisfy((count: number) => count >= PLACES.length - 2),
    expect.toSatisfy((count: number) => count > 0),
  ]);
  const { code, stderr } = await metamd(RUN);
  expect(code, stderr).toBe(0);
  expect(temporary()).toEqual([]);
  expect(readdirSync(join(folder, "results", "small", "runs"))).toHaveLength(SMALL_CELLS);
});

drill.each([
  ["table", ["table", "all"], [1, 2]],
  ["report", ["report"], [1]],
])("so is what %s was writing", async (_name, args, kills) => {
  const before = readFileSync(join(folder, "results", "small", "accuracy.csv"), "utf8");
  for (const at of kills) expect((await metamd(args, at)).signal, String(at)).toBe("SIGKILL");
  expect(temporary()).not.toEqual([]);
  const { code, stderr } = await metamd(args);
  expect(code, stderr).toBe(0);
  expect(temporary()).toEqual([]);
  expect(readFileSync(join(folder, "results", "small", "accuracy.csv"), "utf8")).toBe(before);
});
