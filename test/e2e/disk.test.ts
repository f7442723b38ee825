import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { signalWhen, start, type Ended, type Running } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { patchedBuild, SAVING } from "../support/patched-build.js";
import { atEnd, tool } from "../support/processes.js";
import { drill, missing } from "../support/require.js";
import { smallExperiment } from "../support/small-experiment.js";
import { until } from "../support/until.js";

const folder = scratchFolder();
const CONFIG = smallExperiment({ name: "disk", training: { steps: 250 }, tuning: { steps: 40 }, trials: 3 });
writeFileSync(join(folder, "disk.yaml"), CONFIG);
const args = (results: string): string[] => [
  ...["run", "--config", "disk.yaml", "--engine", "wasm", "--jobs", "1", "--results", results],
];
const begin = (results: string): Running => start(folder, args(results));
const run = (results: string): Promise<Ended> => begin(results).ended;
const at = (results: string, ...path: string[]): string => join(folder, results, "disk", ...path);
const idsWith = (results: string, ...file: string[]): string[] =>
  existsSync(at(results, "runs"))
    ? readdirSync(at(results, "runs")).filter((id) => existsSync(at(results, "runs", id, ...file)))
    : [];

function expectWhole(results: string): void {
  for (const name of ["accuracy.csv", "auc.csv", "accuracy.runs.json"])
    expect(readFileSync(at(results, name), "utf8"), name).toBe(readFileSync(at("whole", name), "utf8"));
}
const saving = patchedBuild(join(folder, "saving"), SAVING);
/** Stops a run while a trial is under way, so that it leaves a checkpoint. */
async function stopped(results: string): Promise<void> {
  const running = start(folder, args(results), {}, saving);
  await until(() => idsWith(results, "record.json").length >= 3, running);
  await signalWhen(running, "SIGINT", () => idsWith(results, "checkpoint", "progress.json").length > 0);
  expect((await running.ended).code).toBe(EXIT.interrupted);
  expect(idsWith(results, "record.json").length).toBeLessThan(8);
}

beforeAll(async () => {
  const { code, stderr } = await run("whole");
  expect(code, stderr).toBe(0);
});

/** A small disk of its own, or a notice why there is none. */
function smallDisk(): string | undefined {
  const disk = join(folder, "disk");
  mkdirSync(disk);
  const { status, stderr } = tool("mount", ["-t", "tmpfs", "-o", "size=4m", "metamd-test", disk]);
  if (status !== 0) return missing(`small disk: mount needs root: ${stderr.trim()}`);
  atEnd(() => tool("umount", ["--lazy", disk]));
  return disk;
}
const disk = smallDisk();

describe.skipIf(disk === undefined)("a disk", () => {
  drill("that fills up stops the run with a message; with space again it goes on and nothing is lost", async () => {
    const filler = join(disk!, "filler");
    const running = begin("disk");
    await until(() => idsWith("disk", "record.json").length >= 3, running);
    const { bavail, bsize } = statfsSync(disk!);
    try {
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC"); // the run wrote meanwhile; what fits has filled it
    }
    const full = await running.ended;
    expect(full.code, full.stderr).toBe(EXIT.usage);
    expect(full.stderr).toMatch(
      /metamd: \S*disk\/disk\S*: cannot be written: ENOSPC[^]*hint: free space there, or --results DIR/,
    );
    expect(full.stderr).not.toMatch(/^ +at /m);
    rmSync(filler);
    const kept = idsWith("disk", "record.json").length;
    expect(kept).toBeGreaterThanOrEqual(3);
    expect(kept).toBeLessThan(8);
    const again = await run("disk");
    expect(again.code, again.stderr).toBe(0);
    expectWhole("disk");
    expect(readdirSync(at("disk")).filter((name) => name.includes(".tmp-"))).toEqual([]);
  });

  drill("that is read-only is refused before anything starts; status reads it", async () => {
    expect(tool("mount", ["-o", "remount,ro", disk!]).status).toBe(0);
    const { code, stderr } = await run("disk");
    expect(code).toBe(EXIT.usage);
    expect(stderr).toMatch(/cannot be written: EROFS[^]*hint: the disk is read-only: --results DIR on another one/);
    const status = await start(folder, ["status", "disk", "--results", "disk"]).ended;
    expect([status.code, status.stdout]).toEqual([0, expect.stringMatching(/all +8 +8 /)]);
  });
});

describe("files that are not as they were left", () => {
  drill("times of files in the past or the future change nothing", async () => {
    await stopped("clock");
    const files = readdirSync(at("clock"), { recursive: true, encoding: "utf8" });
    files.forEach((name, i) => utimesSync(at("clock", name), i % 2 === 0 ? 1e9 : 2e9, i % 2 === 0 ? 1e9 : 2e9));
    const { code, stderr } = await run("clock");
    expect(code, stderr).toBe(0);
    expectWhole("clock");
  });

  drill("a cut checkpoint and a cut record are named with the hint, which fixes them", async () => {
    await stopped("cut");
    const [open] = idsWith("cut", "checkpoint", "progress.json");
    const checkpoint = at("cut", "runs", open!, "checkpoint", "progress.json");
    writeFileSync(checkpoint, readFileSync(checkpoint, "utf8").slice(0, 200));
    const refused = await run("cut");
    expect(refused.code).toBe(EXIT.data);
    expect(refused.stderr).toContain(`${open}/checkpoint/progress.json: not valid JSON`);
    expect(refused.stderr).toContain("hint: delete the checkpoint folder: the run then starts again from step 0");
    rmSync(at("cut", "runs", open!, "checkpoint"), { recursive: true });

    const [done] = idsWith("cut", "record.json");
    const record = at("cut", "runs", done!, "record.json");
    const text = readFileSync(record, "utf8");
    writeFileSync(record, text.slice(0, 200));
    const damaged = await run("cut");
    expect(damaged.code).toBe(EXIT.data);
    expect(damaged.stderr).toMatch(
      /record\.json: not valid JSON[^]*hint: delete \S+, then metamd run with the same config runs it again/,
    );

    writeFileSync(record, text.replace('"schemaVersion": 1', '"schemaVersion": 0'));
    const older = await run("cut");
    expect(older.code).toBe(EXIT.data);
    expect(older.stderr).toMatch(/record\.json: schemaVersion 0\n.*accepted: a run record of schemaVersion 1/);
    const status = await start(folder, ["status", "disk", "--results", "cut"]).ended;
    expect(status.stdout).toMatch(/damaged[^]*schemaVersion 0, not 1/);

    rmSync(at("cut", "runs", done!), { recursive: true });
    const { code, stderr } = await run("cut");
    expect(code, stderr).toBe(0);
    expectWhole("cut");
  });
});
