// metamd analyse cost: time of a training step of every method, and how much the learned ones learn.
import { Command } from "commander";
import { join } from "node:path";
import { interruption } from "../core/interruption.js";
import type { ResolvedConfig } from "../config/load.js";
import type { AnalysisOf } from "../records/analysis.js";
import type { AnalysisStore } from "../records/analysis-store.js";
import type { GlobalFlags } from "./globals.js";
import { positiveInteger } from "./numbers.js";
import { columns, notice, print, printJson } from "./print.js";
import { progressReporter } from "./progress.js";

interface Flags extends GlobalFlags {
  readonly countsOnly?: boolean;
  readonly warmUp: number;
  readonly blocks: number;
  readonly blockSteps: number;
}

export function cost(): Command {
  return new Command("cost")
    .description("time of a training step of every method, and the numbers that the learned ones learn; no data needed")
    .option("--counts-only", "time nothing")
    .option("--warm-up <n>", "steps of every method before anything is timed", positiveInteger, 20)
    .option("--blocks <n>", "rounds in which the methods take turns", positiveInteger, 10)
    .option("--block-steps <n>", "steps of a method in a round", positiveInteger, 10)
    .addHelpText("after", "\nAn interrupted timing goes on after its last finished round.")
    .addHelpText("after", "\nExample: metamd analyse cost --config configs/high-resolution.yaml --preset desk")
    .action(async (_own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { loadConfig } = await import("../config/load.js");
      const { openAnalysisStore } = await import("../records/analysis-store.js");
      const { metaParameters } = await import("../studies/cost/meta-parameters.js");
      const config = loadConfig(flags);
      const store = openAnalysisStore(join(flags.results, config.experimentFolder));
      const counts = metaParameters(config, flags.data, store);
      const times = flags.countsOnly === true ? undefined : await timed(flags, config, store);
      if (flags.json) return printJson({ metaParameters: counts, ...(times && { stepTimes: times }) });
      print([...(times ? [timesTable(times), ""] : []), await countsTable(counts, config)].join("\n"));
      if (!flags.quiet)
        for (const { id } of [times, counts].flatMap((one) => one ?? [])) notice(`written: ${store.folderOf(id)}`);
    });
}

async function timed(flags: Flags, config: ResolvedConfig, store: AnalysisStore): Promise<AnalysisOf<"step-times">> {
  const { openEngine } = await import("../engine/open.js");
  const { processorShare } = await import("../engine/share.js");
  const { stepTimes } = await import("../studies/cost/step-times.js");
  const { engine } = await openEngine(flags.engine, processorShare(flags.engine, { ...flags, jobs: 1 }));
  if (!flags.quiet) notice(`engine ${engine.details.name}, ${engine.details.threads} threads`);
  const stop = interruption("stopping; finished rounds are kept");
  const progress = progressReporter(flags.quiet);
  return stepTimes(config, flags.data, engine, store, flags, stop.signal, progress).finally(stop.release);
}

function timesTable({ rows, batchSize, image }: AnalysisOf<"step-times">): string {
  const baseline = rows.find(({ method }) => method === "sgd_momentum")!;
  const body = rows.map(({ method, mean, std, median, gradient, preconditioning, update }) => [
    ...[method, mean.toFixed(2), std.toFixed(2), median!.toFixed(2), (mean / baseline.mean).toFixed(3)],
    ...[(median! / baseline.median!).toFixed(3), ...[gradient, update, preconditioning].map(shown)],
  ]);
  const { blocks, blockSteps } = baseline;
  return [
    `Milliseconds of a training step, batch ${batchSize} of ${image}, ${blocks} x ${blockSteps} steps; ratios to sgd_momentum`,
    columns(
      ["method", "mean", "std", "median", "ratio", "of medians", "gradient", "plain update", "rest of the rule"],
      body,
    ),
  ].join("\n");
}

/** A share of a mean; a difference that noise made negative is shown as none. */
const shown = (value: number): string => Math.max(0, value).toFixed(2);

async function countsTable(
  { rows, modelParameters }: AnalysisOf<"meta-parameters">,
  config: ResolvedConfig,
): Promise<string> {
  const { paperResults } = await import("../reporting/index.js");
  const panel = paperResults()
    .tables.flatMap(({ panels }) => panels)
    .find(({ metric, experiment }) => metric === "meta_parameter_count" && experiment === config.experiment);
  const printed = config.preset === "paper" && panel?.metric === "meta_parameter_count" ? panel : undefined;
  const printedOf = (method: string): string[] => (printed ? [String(printed.rows[method]?.count?.mean ?? "")] : []);
  const body = rows.map(({ method, count }) => [method, String(count), ...printedOf(method)]);
  return [
    `Learned numbers for a model of ${modelParameters} parameters, its classifier left out`,
    columns(["method", "count", ...(printed ? ["printed"] : [])], body),
    ...(printed?.notes ?? []),
  ].join("\n");
}
