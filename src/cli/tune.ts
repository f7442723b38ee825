// metamd tune: search the hyper-parameters of every method on validation splits.
import { Command, Option } from "commander";
import type { ResolvedConfig } from "../config/load.js";
import type { Cell } from "../records/plan.js";
import type { TuneOutcome } from "../runs/index.js";
import { withConfig } from "./shared/help.js";
import type { GlobalFlags } from "./shared/globals.js";
import { notice, print, printJson, terminalWidth } from "./shared/print.js";
import { addRunOptions, pretrainedOption, runConfig, runFlags, type RunFlags } from "./shared/run-options.js";
import { runStages } from "./shared/run-stages.js";
import { sensitivityTable, traceLine, winnersTable } from "./shared/winners.js";

interface Flags extends GlobalFlags, RunFlags {
  readonly strategy?: string;
  readonly extendGrid?: true;
  readonly budget?: string;
}

export function tune(): Command {
  return addRunOptions(
    withConfig(new Command("tune"))
      .description("search the hyper-parameters of every method on the holdouts' validation splits")
      .option("--holdout <domain>", "only on this holdout (default: each in turn)")
      .option("--method <id>", "only this method")
      .addOption(pretrainedOption())
      .addOption(
        new Option("--strategy <name>", "as --set tuning.strategy=<name>").choices([
          "grid",
          "random",
          "sobol",
          "bayes",
        ]),
      )
      .option("--budget <points>", "as --set tuning.budget=<points>, or '{minutes: 60}'")
      .option("--extend-grid", "as --set tuning.extendGrid=true: while a winner lies on the edge, one value further"),
  )
    .addHelpText(
      "after",
      "\nLearned methods that are not meta-trained yet are meta-trained first. Every point is reported on stderr as it is " +
        "tried; the winners and how much each choice matters are printed at the end, and tuning.csv has all points." +
        "\n\nExample: metamd tune --config configs/rotated-mnist.yaml --preset desk --method adam --strategy bayes",
    )
    .action(async (_own: unknown, command: Command) => {
      const flags = withTuningFlags(runFlags<Flags>(command));
      const config = await runConfig(flags);
      const runs = await import("../runs/index.js");
      const { watchSearches } = await import("../reporting/index.js");
      const completedBy = watchSearches(flags.results, config.experimentFolder);
      const onFinished = (run: Cell): void => {
        const point = completedBy(run);
        if (point !== undefined) notice(traceLine(point));
      };
      await runStages(
        command,
        config,
        (options) => runs.tune(config, { ...options, onFinished: flags.quiet ? undefined : onFinished }),
        (outcome, { files }) => showSearches(config, outcome, files, flags),
      );
    });
}

/** Flags that stand for keys of the config, as `--set`. */
function withTuningFlags(flags: Flags): Flags {
  const { strategy, budget, extendGrid } = flags;
  const sets = Object.entries({ strategy, budget, extendGrid }).flatMap(([key, value]) =>
    value === undefined ? [] : [`tuning.${key}=${value}`],
  );
  return { ...flags, set: [...flags.set, ...sets] };
}

async function showSearches(
  { experimentFolder: experiment, tuning }: ResolvedConfig,
  { winners, sensitivity, ...outcome }: TuneOutcome,
  files: readonly string[],
  { json, results }: Flags,
): Promise<void> {
  const { BEYOND_GRID, readTriedPoints } = await import("../reporting/index.js");
  if (!json) {
    const tables = [winnersTable(winners, terminalWidth()), sensitivityTable(sensitivity, terminalWidth())];
    const onEdge = tuning.strategy === "grid" && winners.some(({ gridEdge }) => gridEdge.length > 0);
    return print([...tables, ...(onEdge ? [BEYOND_GRID] : [])].join("\n\n"));
  }
  const trace = readTriedPoints(results, experiment).map(({ runs, ...one }) => ({
    ...one,
    runs: runs.map(({ id }) => id),
  }));
  printJson({ experiment, outcome, winners, sensitivity, trace, files });
}
