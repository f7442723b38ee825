import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { UserError } from "../../../src/core/errors.js";
import { cancelArrays, endedTasks, queuedTasks, submit } from "../../../src/runs/slurm/queue.js";
import { scratchFolder } from "../../support/folder.js";
import { fakeTools } from "../../support/tools.js";

const folder = scratchFolder();
let number = 0;
const withTools = (scripts: Readonly<Record<string, string>>): void =>
  void vi.stubEnv("PATH", `${fakeTools(join(folder, String(number++)), scripts)}:/usr/bin:/bin`);
afterEach(() => vi.unstubAllEnvs());
const refused = async (promise: Promise<unknown>): Promise<UserError> => {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw new Error(`not refused: ${String(error)}`);
  return error;
};

describe("Slurm's commands", () => {
  test("sbatch gives the id of the job, and of the cluster where there are several", async () => {
    withTools({ sbatch: "echo 17" });
    expect(await submit("a.sh")).toEqual({ job: "17" });
    withTools({ sbatch: 'echo "18;west"' });
    expect(await submit("a.sh")).toEqual({ job: "18", cluster: "west" });
  });

  test("sbatch's refusal is shown with its words", async () => {
    withTools({ sbatch: "echo 'sbatch: error: Batch job submission failed: Invalid account' >&2; exit 1" });
    const error = await refused(submit("results/x/slurm/1.sh"));
    expect(error.exitCode).toBe(2);
    expect(error.message).toBe(
      "sbatch: Batch job submission failed: Invalid account\n  accepted: a job that the cluster takes\n" +
        "  hint: fix the cluster's settings (--slurm FILE, docs/slurm.md); the script is results/x/slurm/1.sh",
    );
  });

  test.each([
    "fetch_config: DNS SRV lookup failed",
    "Could not establish a configuration source",
    "s_p_parse_file: unable to status file /etc/slurm/slurm.conf: No such file or directory",
  ])("a machine with Slurm's programs and no cluster is told so: %s", async (words) => {
    withTools({ sbatch: `echo 'sbatch: error: ${words}' >&2; exit 1` });
    expect((await refused(submit("a.sh"))).message).toMatch(/hint: no cluster is set up on this machine/);
  });

  test("a machine without Slurm is told what is needed", async () => {
    mkdirSync(join(folder, "empty"));
    vi.stubEnv("PATH", join(folder, "empty"));
    const error = await refused(submit("a.sh"));
    expect(error.message).toBe(
      "sbatch: not found on this machine\n" +
        "  accepted: a machine that submits to a Slurm cluster: sbatch, squeue and scancel in the PATH\n" +
        "  hint: log in to the cluster's submit host, or --executor local",
    );
    expect(await endedTasks([{ job: "1" }])).toEqual([]);
  });

  test("squeue is asked cluster by cluster, and a job that it forgot is in no queue", async () => {
    withTools({
      squeue: `case "$*" in
*--clusters=west*jobs=3*) echo "3|3_0|PENDING|0:00|(Resources)" ;;
*jobs=1,2*) echo "1|1_4|RUNNING|2-01:00:00|node[1-2]" ;;
*) echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1 ;;
esac`,
    });
    const arrays = [{ job: "1" }, { job: "3", cluster: "west" }, { job: "2" }];
    expect(await queuedTasks(arrays)).toEqual([
      { job: "1", id: "1_4", state: "RUNNING", elapsed: "2-01:00:00", detail: "node[1-2]" },
      { job: "3", id: "3_0", state: "PENDING", elapsed: "0:00", detail: "(Resources)" },
    ]);
    expect(await queuedTasks([{ job: "9" }])).toEqual([]);
  });

  test("a controller that does not answer is an error, of sacct none", async () => {
    withTools({
      squeue: "echo 'squeue: error: Unable to contact slurm controller' >&2; exit 1",
      scancel: "echo 'scancel: error: Access denied' >&2; exit 1",
      sacct: "echo 'Slurm accounting storage is disabled' >&2; exit 1",
    });
    expect((await refused(queuedTasks([{ job: "1" }]))).message).toContain(
      "squeue: Unable to contact slurm controller",
    );
    expect((await refused(cancelArrays([{ job: "1" }]))).message).toContain("scancel: Access denied");
    expect(await endedTasks([{ job: "1" }])).toEqual([]);
  });
});
