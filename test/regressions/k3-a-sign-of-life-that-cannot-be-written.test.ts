import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { start, type Running } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { HASTY, patchedBuild } from "../support/patched-build.js";
import { atEnd, tool } from "../support/processes.js";
import { drill, missing } from "../support/require.js";
import { SMALL } from "../support/small-experiment.js";
import { until } from "../support/until.js";

const folder = scratchFolder();
writeFileSync(join(folder, "small.yaml"), SMALL);
const program = patchedBuild(join(folder, "program"), HASTY);

const begin = (results: string, jobs: number): Running => {
  const args = ["run", "--config", "small.yaml", "--engine", "wasm", "--jobs", String(jobs), "--results", results];
  return start(folder, [...args, "--set", "training.steps=1000000"], {}, program);
};
/** The first checkpoint that is there. */
function checkpointIn(results: string): string | undefined {
  const place = join(folder, results);
  const names = existsSync(place) ? readdirSync(place, { recursive: true, encoding: "utf8" }) : [];
  const name = names.find((one) => one.endsWith("checkpoint/progress.json"));
  return name && join(place, name);
}

drill.each([1, 2])("is a notice, the work goes on, and its end is told, %d at a time", async (jobs) => {
  const results = `results-${jobs}`;
  const running = begin(results, jobs);
  const checkpoint = (): string | undefined => checkpointIn(results);
  await until(() => checkpoint() !== undefined, running);
  const leases = join(folder, results, "small", "leases");
  const beat = join(
    leases,
    readdirSync(leases).find((name) => name.startsWith("beat-"))!,
  );
  rmSync(beat);
  mkdirSync(beat); // which no sign can be written to
  await until(() => running.said().includes("the heartbeat cannot be written (EISDIR"), running);
  const written = statSync(checkpoint()!).mtimeMs;
  await until(() => statSync(checkpoint()!, { throwIfNoEntry: false })?.mtimeMs !== written, running);
  rmdirSync(beat);
  await until(() => running.said().includes("the heartbeat can be written again"), running);
  running.kill("SIGINT");
  const { code, stderr } = await running.ended;
  expect(code, stderr).toBe(EXIT.interrupted);
  expect(stderr).not.toMatch(/bug in metamd|^ +at /m);
  expect(stderr.match(/heartbeat cannot/g)).toHaveLength(1);
});

/** A disk of its own, which root can make read-only; undefined (with a notice) where this is not root. */
function ownDisk(): string | undefined {
  const disk = join(folder, "disk");
  mkdirSync(disk);
  const { status, stderr } = tool("mount", ["-t", "tmpfs", "-o", "size=1g", "metamd-test", disk]);
  if (status !== 0) return missing(`read-only disk: mount needs root: ${stderr}`);
  atEnd(() => tool("umount", ["--lazy", disk]));
  return disk;
}
const disk = ownDisk();
const remount = (how: "ro" | "rw"): boolean => tool("mount", ["-o", `remount,${how}`, disk!]).status === 0;

describe.skipIf(disk === undefined)("a disk that becomes read-only", () => {
  drill.each([1, 2])(
    "ends the runs where they must write, with the reason and their work, %d at a time",
    async (jobs) => {
      const results = join("disk", `results-${jobs}`);
      const running = begin(results, jobs);
      await until(() => checkpointIn(results) !== undefined, running);
      // Refused while a file is open for writing.
      await until(() => remount("ro"), running);
      const { code, stderr } = await running.ended;
      expect(remount("rw")).toBe(true);
      expect(code, stderr).toBe(EXIT.usage);
      expect(stderr).toMatch(/^metamd: .*EROFS[^]*hint: /m);
      expect(stderr).not.toMatch(/bug in metamd|^ +at /m);
      expect(checkpointIn(results)).toBeDefined();
      const records = readdirSync(join(folder, results), { recursive: true, encoding: "utf8" });
      expect(records.filter((name) => name.endsWith("record.json"))).toEqual([]);
    },
  );
});
