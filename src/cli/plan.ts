// metamd plan: what run would do, how much of it is done, and what it costs.
import { Command } from "commander";
import { withConfig } from "./shared/help.js";
import { DISTURBING, usedByOthersInWords } from "../core/processor.js";
import { byteSize, duration } from "../core/wording.js";
import type { GlobalFlags } from "./shared/globals.js";
import { notice, printColumns, printJson } from "./shared/print.js";
import {
  addOptions,
  pretrainedOption,
  sharingOptions,
  skipMissingOption,
  type RunFlags,
} from "./shared/run-options.js";

type Flags = GlobalFlags & Pick<RunFlags, "jobs" | "gpus" | "runsPerGpu" | "skipMissing" | "pretrained">;

export function plan(): Command {
  const command = withConfig(new Command("plan"));
  return addOptions(command, [skipMissingOption(), pretrainedOption(), ...sharingOptions()])
    .description("show what run would do: runs, how many are done, estimated time, memory and disk")
    .addHelpText("after", "\nExample: metamd plan --config configs/rotated-mnist.yaml")
    .action(async (_own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { loadConfig } = await import("../config/load.js");
      const config = loadConfig(flags);
      const runs = await import("../runs/index.js");
      const planned = runs.plan(config, { ...flags, onNotice: flags.quiet ? undefined : notice });
      const { progressReporter } = await import("./shared/progress.js");
      const progress = progressReporter(flags.quiet);
      const { estimate, jobs } = await runs.estimate(config, planned, { ...flags, progress });
      if (flags.json) return printJson({ ...planned, estimate });
      const rows = estimate.phases.map(({ phase, runs, done, steps, seconds }) => [
        phase,
        String(runs),
        String(done),
        String(steps),
        duration(seconds),
      ]);
      rows.push(["start-up", "", "", "", duration(estimate.startSeconds)]);
      printColumns(["phase", "runs", "done", "steps to go", "time to go"], rows);
      for (const { id, steps, parameters, bytes } of estimate.trajectories)
        notice(
          `${id} keeps every step of an inner run: ${steps + 1} times ${parameters} parameters, ` + byteSize(bytes),
        );
      for (const id of estimate.scaled)
        notice(
          `${id} has matrices that are too large to decompose or invert here: its time is scaled from that of smaller ones`,
        );
      if (estimate.usedByOthers >= DISTURBING)
        notice(`${usedByOthersInWords(estimate.usedByOthers)}: on a quiet machine runs take less than is said here`);
      if (estimate.overcommitted !== undefined) notice(estimate.overcommitted);
      if (estimate.phases.every(({ runs, done }) => done === runs))
        return notice(`${planned.experiment}: all runs are done, in ${estimate.folder}`);
      notice(
        `${planned.experiment}: about ${duration(estimate.seconds)} on engine ${estimate.engine}, ` +
          `${jobs} at a time with ${(estimate.memoryBytes / 1e9).toFixed(1)} GB of memory each, ` +
          `and ${byteSize(estimate.bytes)} in ${estimate.folder}`,
      );
    });
}
