// metamd plan: what run would do, how much of it is done, and what it costs.
import { Command } from "commander";
import { duration } from "../core/duration.js";
import { noticeEarlierLearned } from "./earlier-learned.js";
import type { GlobalFlags } from "./globals.js";
import { jobsOption } from "./numbers.js";
import { noticeMissing, skipMissingOption } from "./skip-missing.js";
import { pretrainedOption, withPretrained } from "./pretrained.js";
import { noticeSmallSets } from "./small-sets.js";
import { columns, notice, print, printJson } from "./print.js";

interface Flags extends GlobalFlags {
  readonly jobs?: number;
  readonly skipMissing?: boolean;
  readonly pretrained?: string;
}

export function plan(): Command {
  return new Command("plan")
    .description("what run would do: runs, how many are done, estimated time, memory and disk")
    .addOption(jobsOption())
    .addOption(skipMissingOption())
    .addOption(pretrainedOption())
    .addHelpText("after", "\nExample: metamd plan --config configs/rotated-mnist.yaml")
    .action(async (_own: unknown, command: Command) => {
      const flags = withPretrained(command.optsWithGlobals<Flags>());
      const { loadConfig } = await import("../config/load.js");
      const config = loadConfig(flags);
      const { makePlan } = await import("../runs/plan/make-plan.js");
      const { estimate } = await import("../runs/plan/estimate.js");
      const { openRunStore, refuseEarlier } = await import("../records/store.js");
      const { openEngine } = await import("../engine/open.js");
      const { processorShare } = await import("../engine/share.js");
      const planned = makePlan(config, flags.data, flags.skipMissing);
      const store = openRunStore(flags.results, planned.experiment);
      const held = store.plan();
      if (held !== undefined) refuseEarlier(store.folder, held);
      noticeMissing(planned, flags.quiet);
      await noticeEarlierLearned(config, flags.quiet);
      noticeSmallSets(planned, flags.quiet);
      const share = processorShare(flags.engine, flags);
      const { engine } = await openEngine(flags.engine, share);
      const costs = estimate(planned, config, flags.data, store, engine, share.jobs);
      if (flags.json) return printJson({ ...planned, estimate: costs });
      const rows = costs.phases.map(({ phase, runs, done, steps, seconds }) => [
        phase,
        String(runs),
        String(done),
        String(steps),
        duration(seconds),
      ]);
      print(columns(["phase", "runs", "done", "steps to go", "time to go"], rows));
      for (const { id, steps, parameters, bytes } of costs.trajectories)
        notice(
          `${id} keeps every step of an inner run: ${steps + 1} times ${parameters} parameters, ` +
            `${(bytes / 1e6).toFixed(1)} MB`,
        );
      notice(
        `${planned.experiment}: about ${duration(costs.seconds)} on engine ${costs.engine}, ` +
          `${share.jobs} at a time with ${(costs.memoryBytes / 1e9).toFixed(1)} GB of memory each, ` +
          `and ${(costs.bytes / 1e6).toFixed(1)} MB in ${costs.folder}`,
      );
    });
}
