import { Command } from "commander";
import { expect, test } from "vitest";
import { givenFlags } from "../../src/cli/slurm-options.js";
import { checkRunFlags } from "../../src/cli/run-options.js";
import { userError } from "../support/folder.js";

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
  checkRunFlags({ executor: "slurm", tasks: 3, detach: true });
  checkRunFlags({ executor: "local", idleMinutes: 1, skipFailed: true });
});
