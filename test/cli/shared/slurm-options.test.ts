import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { expect, test } from "vitest";
import { givenFlags } from "../../../src/cli/shared/slurm-options.js";
import { checkRunFlags } from "../../../src/cli/shared/run-options.js";
import { packageRoot } from "../../../src/core/files.js";
import { start } from "../../support/binary.js";
import { scratchFolder, userError } from "../../support/folder.js";

const collect = (value: string, all: string[]): string[] => [...all, value];

test("a command line is given again: global and own flags, none that was not given, none that is left out", async () => {
  let again: string[] = [];
  const program = new Command("metamd")
    .option("--set <key=value>", "", collect, [])
    .option("--results <dir>", "", "results")
    .option("--seed <n>", "", Number);
  program.addCommand(
    new Command("run")
      .option("--holdout <domain>")
      .option("--skip-missing")
      .option("--detach")
      .option("--jobs <n>", "", Number)
      .action((_own: unknown, command: Command) => void (again = givenFlags(command, ["--detach", "--jobs"]))),
  );
  const given = "run --set a=1 --set b=[x,y] --seed=-1 --holdout d/45 --skip-missing --detach --jobs 2";
  await program.parseAsync(given.split(" "), { from: "user" });
  expect(again).toEqual(["--set=a=1", "--set=b=[x,y]", "--seed=-1", "--holdout=d/45", "--skip-missing"]);
});

test("options of a job array need one", () => {
  expect(userError(() => checkRunFlags({ executor: "local", tasks: 3 })).message).toBe(
    "--tasks: runs on this machine\n  accepted: --tasks with a job array\n" +
      "  hint: add --executor slurm, or leave --tasks out",
  );
  expect(userError(() => checkRunFlags({ executor: "local", dryRun: true })).message).toMatch(/^--dry-run: /);
  checkRunFlags({ executor: "slurm", tasks: 3, detach: true });
  checkRunFlags({ executor: "local", idleMinutes: 1, skipFailed: true });
});

test("--dry-run shows the script of what is left, and calls nothing of Slurm", async () => {
  const folder = scratchFolder();
  const config = join(packageRoot(), "configs", "quickstart.yaml");
  const args = ["run", "--config", config, "--preset", "smoke", "--executor", "slurm", "--tasks", "2", "--dry-run"];
  const { code, stdout, stderr } = await start(folder, args, { PATH: join(folder, "empty") }).ended;
  expect(code, stderr).toBe(0);
  const script = join(folder, "results", "quickstart-smoke", "slurm", "1.sh");
  expect(stderr).toContain(`not submitted: ${script}, for 11 runs`);
  expect(stdout).toBe(readFileSync(script, "utf8"));
  expect(stdout).toMatch(/^#SBATCH --array=0-1$/m);
  const asJson = await start(folder, [...args, "--json"], { PATH: join(folder, "empty") }).ended;
  expect(JSON.parse(asJson.stdout)).toEqual({ left: 11, script: script.replace("1.sh", "2.sh") });
});
