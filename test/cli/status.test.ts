import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cancel } from "../../src/cli/cancel.js";
import { status } from "../../src/cli/status.js";
import { openLeases } from "../../src/records/leases.js";
import { thisProcess } from "../../src/records/holder.js";
import { openRunStore } from "../../src/records/store.js";
import { nextScript, writeSubmission } from "../../src/records/submission.js";
import { CELLS, PLAN, records, writeExperiment } from "../reporting/fixtures.js";
import { record } from "../records/fixtures.js";
import { commandLine } from "../support/command.js";
import { scratchFolder } from "../support/folder.js";
import { fakeTools } from "../support/tools.js";

const root = scratchFolder();
const results = join(root, "results");
const store = openRunStore(results, "small");
// Of nine runs one has no record yet; here two lose theirs: one failed, a dead process has one.
const [failed, stale, running] = [CELLS.sgd15[0], CELLS.sgd15[1], CELLS.adam15[1]];
writeExperiment(
  results,
  records().filter(({ id }) => id !== failed.id && id !== stale.id),
);
store.write(record(failed, {}, { state: "failed", failure: "out of memory\nat line 3" }), []);
const [here, dead] = [
  openLeases(store.folder, { ...thisProcess(), job: "17_3" }),
  openLeases(store.folder, { ...thisProcess(), host: "gone", token: "gone" }),
];
afterAll(() => [here, dead].forEach((leases) => leases.close()));
here.take(running.id);
dead.take(stale.id);
utimesSync(join(store.folder, "leases", "beat-gone"), 0, 0);
writeExperiment(results, [], { ...PLAN, experiment: "empty" });

const PATH = process.env.PATH!;
const withSlurm = (scripts: Readonly<Record<string, string>>): void => {
  process.env.PATH = `${fakeTools(join(root, `tools-${readdirSync(root).length}`), scripts)}:${PATH}`;
};
afterAll(() => (process.env.PATH = PATH));

describe("metamd status", () => {
  const { written, run, refused } = commandLine(status, results);

  it("lists every experiment", async () => {
    await run("status");
    expect(written.out).toBe(
      [
        "experiment  runs  done  diverged  running  waiting  stale  failed",
        "----------  ----  ----  --------  -------  -------  -----  ------",
        "empty          9     0         0        0        9      0       0",
        "small          9     5         1        1        0      1       1",
        "",
      ].join("\n"),
    );
  });

  it("shows phases, who runs what, what is stale, failed and diverged", async () => {
    await run("status", "small");
    expect(written.out).toMatch(/^small +runs +done [^]*\ntune +1 +1 +0 +0 [^]*\ntrial +8 +4 +1 +1 +0 +1 +1\nall +9 /);
    expect(written.out).toMatch(
      new RegExp(
        `${running.id} +trial +adam +rotated-mnist/15 +\\d+ s +Slurm task 17_3 \\(process ${process.pid} on ${hostname()}\\)`,
      ),
    );
    expect(written.out).toMatch(
      new RegExp(`stale[^]*${stale.id} +trial +sgd +rotated-mnist/15 +\\d+ s +process ${process.pid} on gone`),
    );
    expect(written.out).toMatch(new RegExp(`${failed.id} +trial +sgd +rotated-mnist/15 +out of memory\n`));
    expect(written.out).toMatch(new RegExp(`diverged[^]*${CELLS.adam0[1].id} +trial +adam`));
  });

  it("prints JSON, with times as dates", async () => {
    await run("--json", "status", "small");
    const [only] = JSON.parse(written.out) as [{ total: object; runs: { id: string; since?: string }[] }];
    expect(only.total).toEqual({
      runs: 9,
      done: 5,
      diverged: 1,
      running: 1,
      waiting: 0,
      stale: 1,
      failed: 1,
      skipped: 0,
      damaged: 0,
    });
    const since = only.runs.find(({ id }) => id === running.id)!.since!;
    expect(new Date(since).toISOString()).toBe(since);
  });

  it("counts a damaged record", async () => {
    const folder = join(results, "empty", "runs", CELLS.tune.id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "record.json"), "{");
    await run("status", "empty");
    expect(written.out).toMatch(/waiting +stale +failed +damaged[^]*\ntune +1 +0 +0 +0 +0 +0 +0 +1\n/);
    expect(written.out).toMatch(/damaged[^]*not valid JSON/);
  });

  it("names the experiments that there are", async () => {
    expect((await refused("status", "smal")).message).toBe(
      `${results}: no experiment "smal"\n  accepted: empty, small\n  hint: did you mean small?`,
    );
  });

  it("adds Slurm's tasks; without Slurm's answer the files speak", async () => {
    const submission = { job: "17", tasks: 2, command: ["metamd", "run"], submittedAt: "2025-01-01T00:00:00.000Z" };
    writeSubmission(nextScript(store.folder), submission);
    withSlurm({
      squeue: 'echo "$@" | grep -q "jobs=17" && echo "17|17_3|RUNNING|1:02|node-1"',
      sacct: "echo '17_0|TIMEOUT|1:00:00|0:0'; echo '17_3|RUNNING|1:02|0:0'",
    });
    await run("status", "small");
    expect(written.out).toMatch(/17_3 +RUNNING +1:02 +node-1\n *17_0 +TIMEOUT +1:00:00 +exit 0:0\n$/);
    written.out = "";
    await run("status");
    expect(written.out).toMatch(/small .* 1 RUNNING\n$/);
    withSlurm({ squeue: "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1" });
    written.out = "";
    await run("status", "small");
    expect(written.err).toContain(
      "Slurm does not answer, so the files alone speak: squeue: slurm_load_jobs error: Unable",
    );
    expect(written.out).toMatch(/all +9 +5/);
  });
});

describe("metamd cancel", () => {
  const { written, run, refused } = commandLine(cancel, results);

  it("stops the arrays that are in the queue, and says what it stopped", async () => {
    const log = join(root, "cancelled");
    withSlurm({
      squeue: "echo '17|17_0|RUNNING|1:02|node-1'; echo '17|17_1|PENDING|0:00|(Priority)'",
      scancel: `echo "$@" > ${log}`,
    });
    await run("cancel", "small");
    expect(written.out).toBe("Slurm job 17: stopped 2 tasks, 1 of them running\n");
    const { readFileSync } = await import("node:fs");
    expect(readFileSync(log, "utf8")).toBe("17\n");
  });

  it("says when there is nothing to stop, and which processes go on", async () => {
    withSlurm({ squeue: "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1", scancel: "exit 1" });
    const leases = openLeases(join(results, "empty"), thisProcess());
    leases.take(CELLS.tune.id);
    await run("cancel", "empty");
    leases.close();
    expect(written.out).toBe("empty: no Slurm job in the queue\n");
    expect(written.err).toContain(`process ${process.pid} on ${hostname()} goes on`);
  });

  it("needs an experiment", async () => {
    expect((await refused("cancel")).message).toContain("metamd status shows what is there");
  });
});
