// metamd report: one offline HTML file of everything in the results folder, or a live page of it.
import { Command, Option } from "commander";
import { join } from "node:path";
import { printableName } from "../core/printable.js";
import type { GlobalFlags } from "./shared/globals.js";
import { port } from "./shared/option-values.js";
import { notice, print } from "./shared/print.js";

interface Flags extends GlobalFlags {
  readonly out?: string;
  readonly serve?: boolean;
  readonly port: number;
}

export function report(): Command {
  return new Command("report")
    .description("one offline HTML file: tables, figures, verdicts on the paper's claims, provenance")
    .option("--out <file>", "where it is written (default: report.html in the results folder)")
    .option("--serve", "serve the page on 127.0.0.1 instead, and follow running experiments")
    .addOption(new Option("--port <n>", "of --serve; 0: any free one").argParser(port).default(8642))
    .addHelpText("after", "\nExample: metamd report --results results")
    .action(async (_own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { report, serveReport } = await import("../reporting/index.js");
      const { showsOf } = await import("../studies/index.js");
      const studies = await showsOf();
      const { preset, results } = flags;
      if (flags.serve === true) {
        const { interruption } = await import("../core/interruption.js");
        const stop = interruption("closing the server");
        const served = await serveReport(results, studies, { preset }, flags.port);
        print(served.url);
        if (!flags.quiet) notice("Ctrl-C ends it");
        await new Promise((resolve) => stop.signal.addEventListener("abort", resolve));
        await served.close();
        return stop.release();
      }
      const { writeAtomic } = await import("../core/files.js");
      const { saving } = await import("../core/system-error.js");
      const file = flags.out ?? join(results, "report.html");
      const page = await report(results, studies, { preset });
      saving(file, () => writeAtomic(file, page));
      print(printableName(file));
    });
}
