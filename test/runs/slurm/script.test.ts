import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { batchScript, type Batch, type BatchSettings } from "../../../src/runs/slurm/script.js";
import { runProgram, type Ended } from "../../support/binary.js";
import { scratchFolder } from "../../support/folder.js";
import { spawnGroup } from "../../support/processes.js";
import { fakeTools } from "../../support/tools.js";
import { until } from "../../support/until.js";

const folder = scratchFolder();
const program = join(folder, "program.sh");
const log = join(folder, "log");
/** Stands for metamd: says its words, and when it is told to stop ends with a code of its own. */
const PROGRAM = `trap 'sleep 0.2; exit $STOPPED' TERM
printf '%s\\n' "$@" > ${log}
while [ "$WAIT" = yes ]; do sleep 0.05; done
exit 7`;
writeFileSync(program, PROGRAM);
writeFileSync(join(folder, "plan.json"), "");
const PATH = `${fakeTools(join(folder, "tools"), { scontrol: `echo "$@" >> ${log}-scontrol` })}:${process.env.PATH}`;

const SETTINGS: BatchSettings = { stopSeconds: 90, setup: [], extra: [] };
const batch = (more: Partial<Batch> = {}): Batch => ({
  experiment: "small",
  tasks: 3,
  logs: join(folder, "logs"),
  workFolder: folder,
  shared: join(folder, "plan.json"),
  node: "/bin/bash",
  command: [program, "run", "--set=methods=[sgd, adam]", "--set=title=it's"],
  ...more,
});
const env = { ...process.env, PATH, SLURM_ARRAY_JOB_ID: "17", SLURM_ARRAY_TASK_ID: "3", SLURM_JOB_ID: "20" };
const written = (text: string): string => {
  const path = join(folder, "batch.sh");
  writeFileSync(path, text);
  return path;
};
const run = (text: string): Promise<Ended> => runProgram("bash", [written(text)], { env });

/** Sends a signal to the script while its program runs. @returns the exit code. */
async function signalled(signal: NodeJS.Signals, stopped: number): Promise<{ code: number | null; text: string }> {
  const script = written(batchScript(SETTINGS, batch({ command: [program, `${signal}-${stopped}`] })));
  const child = spawnGroup("bash", [script], { env: { ...env, WAIT: "yes", STOPPED: String(stopped) } });
  let text = "";
  child.stdout.on("data", (part: Buffer) => (text += part.toString()));
  await until(() => existsSync(log) && readFileSync(log, "utf8") === `${signal}-${stopped}\n`);
  child.kill(signal);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, text };
}
const requeued = (): string => (existsSync(`${log}-scontrol`) ? readFileSync(`${log}-scontrol`, "utf8") : "");

describe("the batch script", () => {
  test("asks for what the settings say, and for the signal before the time limit", () => {
    const settings = {
      partition: "gpu",
      account: "vision",
      time: "4:00:00",
      gpus: 1,
      cpusPerTask: 4,
      memory: "16G",
      stopSeconds: 90,
      setup: ["module load nodejs"],
      extra: ["--constraint=big"],
    };
    const text = batchScript(settings, batch({ logs: "/with space/100%" }));
    expect(text.split("\n").filter((line) => line.startsWith("#SBATCH"))).toEqual(
      [
        ...["--job-name=metamd-small", "--array=0-2", '--output="/with space/100%%/%A_%a.log"', "--open-mode=append"],
        ...["--signal=B:USR1@90", "--partition=gpu", "--account=vision", "--time=4:00:00", "--gres=gpu:1"],
        ...["--cpus-per-task=4", "--mem=16G", "--requeue", "--constraint=big"],
      ].map((option) => `#SBATCH ${option}`),
    );
    expect(text.startsWith("#!/bin/bash\n#SBATCH ")).toBe(true);
    expect(text).toMatch(/^module load nodejs$/m);
  });

  test("runs the command word by word, and ends with its code", async () => {
    const { code, stdout } = await run(batchScript(SETTINGS, batch()));
    expect(stdout).toMatch(/^metamd: task 17_3 on \S+, start 1\n$/);
    expect(code).toBe(7);
    expect(readFileSync(log, "utf8")).toBe("run\n--set=methods=[sgd, adam]\n--set=title=it's\n");
  });

  test("puts the task back into the queue when its time is up and work is left, and only then", async () => {
    expect(await signalled("SIGTERM", 130)).toMatchObject({ code: 130 });
    expect(await signalled("SIGUSR1", 0)).toMatchObject({ code: 0 });
    expect(requeued()).toBe("");
    const { code, text } = await signalled("SIGUSR1", 130);
    expect([code, requeued()]).toEqual([130, "requeue 20\n"]);
    expect(text).toContain("task 17_3 goes back into the queue");
  });

  test.each([
    [
      "the results folder",
      { shared: "/nowhere/plan.json" },
      /does not see \/nowhere\/plan\.json: the results folder must/,
    ],
    [
      "the program",
      { command: ["/nowhere/metamd.js"] },
      /does not see \/nowhere\/metamd\.js: install metamd on a disk/,
    ],
    ["the folder", { workFolder: "/nowhere" }, /does not see the folder that the job was submitted from/],
  ])("says when a machine does not see %s", async (_what, more, message) => {
    const { code, stderr } = await run(batchScript(SETTINGS, batch(more)));
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  test("takes the node that setup loads where ours is not there", async () => {
    const tools = join(folder, "module");
    mkdirSync(tools);
    fakeTools(tools, { node: 'exec bash "$@"' });
    const setup = [`PATH=${tools}:$PATH`];
    expect(await run(batchScript({ ...SETTINGS, setup }, batch({ node: "/nowhere/node" })))).toMatchObject({ code: 7 });
    const none = [`PATH=${join(folder, "nothing")}; hostname() { echo here; }`];
    const { code, stderr } = await run(batchScript({ ...SETTINGS, setup: none }, batch({ node: "/nowhere/node" })));
    expect([code, stderr]).toEqual([2, "metamd: here has no node: load it with setup in the cluster's settings\n"]);
  });
});
