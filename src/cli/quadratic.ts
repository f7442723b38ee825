// metamd quadratic: the two-dimensional study of Figure 1.
import { Command } from "commander";
import { interruption } from "../core/interruption.js";
import type { QuadraticLearning, QuadraticResult } from "../records/analysis.js";
import type { QuadraticRow } from "../studies/quadratic/summary.js";
import type { GlobalFlags } from "./globals.js";
import { columns, notice, print, printJson } from "./print.js";
import { aboveProgress, progressReporter } from "./progress.js";

export function quadratic(): Command {
  return new Command("quadratic")
    .description("learn a diagonal preconditioner on two-dimensional quadratics and count iterations (Fig. 1)")
    .addHelpText("after", "\nIt goes on where it stopped; what is finished is not computed again.")
    .addHelpText("after", "\nExample: metamd quadratic --config configs/quadratic.yaml --preset desk")
    .action(async (_own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const { loadQuadratic } = await import("../studies/quadratic/settings.js");
      const config = loadQuadratic(flags);
      const { runQuadraticStudy } = await import("../studies/quadratic/run.js");
      const { summarise } = await import("../studies/quadratic/summary.js");
      const stop = interruption();
      const outcome = await runQuadraticStudy(config, flags.results, {
        signal: stop.signal,
        progress: progressReporter(flags.quiet),
        onFinished: (record, fresh) => {
          if (fresh && !flags.quiet) aboveProgress(finishedLine(record));
        },
      }).finally(stop.release);
      const { store, learned, results, fresh } = outcome;
      const rows = summarise(store, results);
      if (flags.json) {
        const preconditioners = learned.map(({ id, family, preconditioner }) => ({ id, family, preconditioner }));
        return printJson({ experiment: config.experimentFolder, preconditioners, rows });
      }
      print(`${iterationsTable(rows, "tuned")}\n\n${iterationsTable(rows, "same-lr")}`);
      const all = learned.length + results.length;
      if (!flags.quiet) notice(`${fresh} analyses done, ${all - fresh} were done before`);
    });
}

function finishedLine(record: QuadraticLearning | QuadraticResult): string {
  if (record.kind === "quadratic-learning") {
    const m = record.preconditioner.map((entry) => entry.toPrecision(3)).join(", ");
    return `${record.family}: learned m = (${m})`;
  }
  const { family, method, variant, learningRate, meanIterations, converged, tasks } = record;
  const count = `${meanIterations.toFixed(1)} iterations, ${converged} of ${tasks} tasks converged`;
  return `${family}: ${method}, ${variant}, learning rate ${learningRate}: ${count}`;
}

const TITLES = { tuned: "Learning rates tuned", "same-lr": "The same learning rate for all" };

function iterationsTable(rows: readonly QuadraticRow[], variant: QuadraticRow["variant"]): string {
  const shown = rows.filter((row) => row.variant === variant);
  const headings = ["family", "method", "learning rate", "mean", "median", "wins", "converged"];
  const cells = shown.map(({ family, method, learningRate, mean, median, wins, converged, tasks }) => [
    family,
    method,
    String(learningRate),
    mean.toFixed(1),
    String(median),
    String(wins),
    `${converged}/${tasks}`,
  ]);
  return `${TITLES[variant]}: iterations\n${columns(headings, cells)}`;
}
