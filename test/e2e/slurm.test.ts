import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readLeases } from "../../src/records/lease-files.js";
import { start, type Ended, type Running } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { drill } from "../support/require.js";
import { logsOf, startSlurm } from "../support/slurm.js";
import { smallExperiment } from "../support/small-experiment.js";
import { until } from "../support/until.js";

const folder = scratchFolder();
const slurm = startSlurm();

/** A config of one method. @param trials each of `steps` steps. */
const config = (name: string, steps: number, trials: number): string =>
  smallExperiment({
    name,
    model: { hidden: [64] },
    training: { batchSize: 50, steps },
    methods: ["sgd"],
    tuning: { steps: 50 },
    trials,
  });
const begin = (experiment: string, command: string, ...more: string[]): Running =>
  start(folder, [command, "--config", `${experiment}.yaml`, "--engine", "wasm", ...more], slurm!.env);
const metamd = (experiment: string, command: string, ...more: string[]): Promise<Ended> =>
  begin(experiment, command, ...more).ended;
const at = (results: string, experiment: string, ...path: string[]): string =>
  join(folder, results, experiment, ...path);
const finished = (experiment: string): number => {
  const runs = at("results", experiment, "runs");
  return existsSync(runs) ? readdirSync(runs).filter((id) => existsSync(join(runs, id, "record.json"))).length : 0;
};
const queue = (): string => slurm!.call("squeue", "--noheader", "--array", "--format=%i %T");
const jobIn = (text: string): string => /Slurm job (\d+)/.exec(text)![1]!;

/** Tables and losses, without the wall time before the last column, are those of a run on this machine that nothing disturbed. */
function expectUndisturbed(experiment: string): void {
  for (const name of ["accuracy.csv", "auc.csv", "accuracy.runs.json", "auc.runs.json"])
    expect(readFileSync(at("results", experiment, name), "utf8"), name).toBe(
      readFileSync(at("whole", experiment, name), "utf8"),
    );
  const losses = (results: string): string =>
    readFileSync(at(results, experiment, "curves.csv"), "utf8").replace(/,[^,\n]*(,[^,\n]*)$/gm, "$1");
  expect(losses("results") === losses("whole")).toBe(true);
}

interface StatusJson {
  readonly total: Readonly<Record<string, number>>;
  readonly runs: readonly { state: string; since?: string; holder?: { job?: string; pid: number } }[];
  readonly slurm: { readonly queued: readonly { id: string; state: string }[] };
}
const statusOf = async (experiment: string): Promise<StatusJson> => {
  const { code, stdout, stderr } = await metamd(experiment, "status", "--json");
  expect(code, stderr).toBe(0);
  return (JSON.parse(stdout) as [StatusJson])[0];
};

/** Changes as long as the tasks of an experiment do something. */
const progressOf = (experiment: string) => (): string => `${queue()}\n${logsOf(at("results", experiment))}`;

describe.skipIf(slurm === undefined)("on Slurm", () => {
  drill("tasks are killed and cancelled; what is left is submitted again, and the tables are whole", async () => {
    const [TRIALS, name, began] = [40, "killed", Date.now()];
    writeFileSync(join(folder, "killed.yaml"), config(name, 150, TRIALS));
    const submitted = await metamd(name, "run", "--executor", "slurm", "--tasks", "3", "--detach");
    expect(submitted.stderr).toMatch(
      /Slurm job \d+: 3 tasks submitted for 41 runs[^]*metamd status killed[^]*metamd cancel/,
    );
    expect([submitted.code, submitted.stdout]).toEqual([0, ""]);
    const job = jobIn(submitted.stderr);
    await until(() => finished(name) >= 2, progressOf(name));

    const status = await statusOf(name);
    expect(status.total.runs).toBe(TRIALS + 1);
    const running = status.runs.filter(({ state }) => state === "running");
    expect(running.length).toBeGreaterThan(0);
    for (const { holder, since } of running) {
      expect(holder!.job).toMatch(new RegExp(`^${job}_[012]$`));
      expect(Date.parse(since!)).toBeGreaterThan(began - 1000);
    }
    expect(status.slurm.queued.map(({ id }) => id).sort()).toEqual([0, 1, 2].map((task) => `${job}_${task}`));

    // A task with all its processes, and the process of another.
    const [one, other] = running;
    slurm!.call("scancel", "--full", "--signal=KILL", one!.holder!.job!);
    if (other !== undefined) process.kill(other.holder!.pid, "SIGKILL");
    const before = finished(name);
    await until(() => finished(name) >= before + 2, progressOf(name));

    // A second command finds the array and follows it; Ctrl-C leaves it alone.
    const follower = begin(name, "run", "--executor", "slurm");
    await until(() => follower.said().includes("nothing is submitted"), follower);
    follower.kill("SIGINT");
    const left = await follower.ended;
    expect(left.code, left.stderr).toBe(130);
    expect(left.stderr).toMatch(new RegExp(`Slurm job ${job}: \\d tasks in the queue; nothing is submitted`));
    expect(left.stderr).toContain("no longer following, the jobs go on");
    expect(queue()).toContain(`${job}_`);

    const cancelled = await metamd(name, "cancel");
    expect(cancelled.stdout).toMatch(new RegExp(`^Slurm job ${job}: stopped \\d tasks, \\d of them running\n$`));
    await until(() => queue() === "", progressOf(name));
    expect((await metamd(name, "cancel")).stdout).toBe("killed: no Slurm job in the queue\n");
    const rest = (await statusOf(name)).total;
    expect(rest.waiting! + rest.stale!).toBeGreaterThan(0);
    expect(rest.running).toBe(0);

    const [again, whole] = await Promise.all([
      metamd(name, "run", "--executor", "slurm", "--tasks", "2"),
      metamd(name, "run", "--results", "whole", "--jobs", "1", "--threads", "1"),
    ]);
    expect(again.stderr).toMatch(/2 tasks submitted for \d+ runs/);
    expect([again.code, whole.code], again.stderr).toEqual([0, 0]);
    expect(again.stdout).toContain("Test accuracy in percent");
    expectUndisturbed(name);
    expect((await statusOf(name)).total).toMatchObject({ runs: TRIALS + 1, done: TRIALS + 1, stale: 0 });
  });

  drill("a task that meets its time limit goes back into the queue and on from its checkpoint", async () => {
    const name = "limited";
    writeFileSync(join(folder, "limited.yaml"), config(name, 5000, 1));
    // Slurm looks at limits every 30 s, and sends the signal up to 60 s too early.
    writeFileSync(join(folder, "slurm.yaml"), "time: 2\nstopSeconds: 50\ncpusPerTask: 1\n");
    const run = begin(name, "run", "--executor", "slurm", "--slurm", "slurm.yaml", "--tasks", "1");
    // The one task has a lease at most times: none between two runs.
    let pid: number | undefined;
    const hasBegun = (): boolean => {
      pid = readLeases(at("results", name))[0]?.holder.pid;
      return pid !== undefined && finished(name) === 1;
    };
    await until(hasBegun, run);
    // Halted until the signal has come, the task has work left however fast the machine is.
    process.kill(pid!, "SIGSTOP");
    await until(() => logsOf(at("results", name)).includes("the time limit is near"), run);
    process.kill(pid!, "SIGCONT");
    const [ended, whole] = await Promise.all([
      run.ended,
      metamd(name, "run", "--results", "whole", "--jobs", "1", "--threads", "1"),
    ]);
    expect([ended.code, whole.code], ended.stderr).toEqual([0, 0]);
    const said = logsOf(at("results", name));
    expect(said).toMatch(/metamd: the time limit is near[^]*stopping after a checkpoint[^]*goes back into the queue/);
    expect(said).toMatch(/on \S+, start 2/);
    expectUndisturbed(name);
  });

  test("jobs that end with runs left are reported with their last words; bad settings are refused", async () => {
    const name = "vanished";
    writeFileSync(join(folder, "vanished.yaml"), config(name, 50, 1));
    writeFileSync(join(folder, "broken.yaml"), 'setup: ["echo no such module >&2; exit 3"]\n');
    const broken = await metamd(name, "run", "--executor", "slurm", "--slurm", "broken.yaml");
    expect(broken.code).toBe(1);
    expect(broken.stderr).toMatch(
      /Slurm job \d+: no task is left in the queue, but 2 runs are not done; \S+\.log ends:/,
    );
    expect(broken.stderr).toContain("no such module");
    expect(broken.stderr).toContain("hint: the same command again submits for what is left");
    writeFileSync(join(folder, "refused.yaml"), "partition: nowhere\n");
    const refused = await metamd(name, "run", "--executor", "slurm", "--slurm", "refused.yaml");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/metamd: sbatch: invalid partition specified: nowhere; .*[^]*docs\/slurm.md/);
  });
});
