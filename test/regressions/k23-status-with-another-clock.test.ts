import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { status } from "../../src/cli/status.js";
import { openLeases } from "../../src/records/leases.js";
import { openRunStore } from "../../src/records/store.js";
import { CELLS, PLAN, writeExperiment } from "../reporting/fixtures.js";
import { commandLine } from "../support/command.js";
import { scratchFolder } from "../support/folder.js";

const results = join(scratchFolder(), "results");
writeExperiment(results, [], PLAN);
const { folder } = openRunStore(results, "small");
const leases = openLeases(folder);
leases.take(CELLS.adam0[0].id);
afterAll(() => leases.close());
const clock = Date.now;
afterEach(() => (Date.now = clock));

const { written, run } = commandLine(status, results);

test.each([
  ["ahead", 1],
  ["behind", -1],
])(
  "a clock that is ten minutes %s of the disk's changes neither a run's state nor for how long it is had",
  async (_how, sign) => {
    vi.spyOn(Date, "now").mockImplementation(() => clock() + sign * 600_000);
    await run("status", "small");
    expect(written.out).toMatch(
      new RegExp(`running[^]*${CELLS.adam0[0].id} +trial +adam +rotated-mnist/0 +\\d+ s +process`),
    );
    expect(written.out).not.toContain("stale  phase");
  },
);
