import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { start } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { HASTY, patchedBuild } from "../support/patched-build.js";
import { SMALL } from "../support/small-experiment.js";
import { until } from "../support/until.js";

const folder = scratchFolder();
writeFileSync(join(folder, "small.yaml"), SMALL);
const program = patchedBuild(join(folder, "program"), HASTY);

test.each([1, 2])("is a notice, the work goes on, and its end is told, %d at a time", async (jobs) => {
  const results = `results-${jobs}`;
  const args = ["run", "--config", "small.yaml", "--engine", "wasm", "--jobs", String(jobs), "--results", results];
  const running = start(folder, [...args, "--set", "training.steps=1000000"], {}, program);
  const place = join(folder, results, "small");
  const checkpoint = (): string | undefined => {
    const names = existsSync(place) ? readdirSync(place, { recursive: true, encoding: "utf8" }) : [];
    const name = names.find((one) => one.endsWith("checkpoint/progress.json"));
    return name && join(place, name);
  };
  await until(() => checkpoint() !== undefined, running);
  const beat = join(
    place,
    "leases",
    readdirSync(join(place, "leases")).find((name) => name.startsWith("beat-"))!,
  );
  rmSync(beat);
  mkdirSync(beat); // which no sign can be written to
  await until(() => running.said().includes("a sign of life cannot be written (EISDIR"), running);
  const written = statSync(checkpoint()!).mtimeMs;
  await until(() => statSync(checkpoint()!, { throwIfNoEntry: false })?.mtimeMs !== written, running);
  rmdirSync(beat);
  await until(() => running.said().includes("signs of life can be written again"), running);
  running.kill("SIGINT");
  const { code, stderr } = await running.ended;
  expect(code, stderr).toBe(EXIT.interrupted);
  expect(stderr).not.toMatch(/defect of metamd|^ +at /m);
  expect(stderr.match(/sign of life cannot/g)).toHaveLength(1);
});
