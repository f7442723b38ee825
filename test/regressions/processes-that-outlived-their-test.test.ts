// A failed test's run with two workers went on for 17 minutes.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { startProgram } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { isAlive, pidIn } from "../support/processes.js";
import { everything } from "../support/require.js";
import { until } from "../support/until.js";

const folder = scratchFolder();
/** A program that has started another one, neither of which ends of itself. */
const ENDLESS = "sleep infinity & echo $! > child; echo $$ > parent; wait";
const pidsIn = (at: string): Promise<number[]> => Promise.all(["child", "parent"].map((name) => pidIn(join(at, name))));
const goneOf = (pids: readonly number[]): Promise<void> => until(() => !pids.some(isAlive));

describe("what a failing test has started", () => {
  const started: number[] = [];

  test.fails("goes on while it fails", async () => {
    startProgram("sh", ["-c", ENDLESS], { folder });
    started.push(...(await pidsIn(folder)));
    expect(started.filter(isAlive)).toEqual([]);
  });

  test("is gone before the next one", async () => {
    expect(started).toHaveLength(2);
    await goneOf(started);
  });
});

/** A test that never ends, in a folder of its own. */
function endlessTest(at: string): void {
  mkdirSync(at);
  symlinkSync(join(packageRoot(), "node_modules"), join(at, "node_modules"));
  const support = join(packageRoot(), "test", "support", "binary.ts");
  writeFileSync(
    join(at, "endless.test.ts"),
    `import { writeFileSync } from "node:fs";
     import { test } from "vitest";
     import { startProgram } from ${JSON.stringify(support)};
     test("endless", { timeout: 0 }, async () => {
       const { ended } = startProgram("sh", ["-c", ${JSON.stringify(ENDLESS)}], { folder: ${JSON.stringify(at)} });
       writeFileSync("worker", String(process.pid));
       await ended;
     });`,
  );
}

const ENDS: readonly [string, (vitest: number, worker: number) => void][] = [
  ["its process is killed", (_vitest, worker) => process.kill(worker, "SIGKILL")],
  ["Vitest is killed", (vitest) => process.kill(vitest, "SIGKILL")],
  ["Ctrl-C ends all of them", (vitest) => process.kill(-vitest, "SIGINT")],
];
test.each(everything ? ENDS : ENDS.slice(0, 1))("what a test has started ends where %s", async (name, end) => {
  const at = join(folder, name);
  endlessTest(at);
  const program = join(packageRoot(), "node_modules", "vitest", "vitest.mjs");
  const vitest = startProgram(process.execPath, [program, "run", "--pool", "forks"], { folder: at });
  const started = await pidsIn(at);
  expect(started.filter(isAlive)).toEqual(started);
  end(vitest.pid, await pidIn(join(at, "worker")));
  await goneOf(started);
});
