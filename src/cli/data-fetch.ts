// metamd data fetch: bring official files here, checked by checksum, and go on where it stopped.
import { Command } from "commander";
import { EXIT, UserError } from "../core/errors.js";
import { interruption } from "../core/interruption.js";
import { collect } from "./shared/option-values.js";
import type { GlobalFlags } from "./shared/globals.js";
import { print, notice } from "./shared/print.js";

interface Flags extends GlobalFlags {
  readonly suite?: string;
  readonly offline?: boolean;
  readonly acceptLicence?: string[];
  readonly trustOnFirstUse?: boolean;
}

export function fetchData(): Command {
  return new Command("fetch")
    .description("download datasets whole: checksums, mirrors, resumed where it stopped; repairs what is damaged")
    .argument("[ids...]", "datasets")
    .option("--suite <config>", "all datasets of a config: a file, or the name of a shipped one")
    .option("--offline", "open no connection; report what is missing (or METAMD_OFFLINE=1)")
    .option("--accept-licence <id>", "accept the licence of a dataset that has restrictive terms (repeatable)", collect)
    .option("--trust-on-first-use", "accept files without a known checksum, and require the same bytes from then on")
    .addHelpText("after", HELP)
    .action(async (ids: string[], _own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const wanted = [...ids, ...(flags.suite === undefined ? [] : await datasetsOf(flags, flags.suite))];
      if (wanted.length === 0)
        throw new UserError(EXIT.usage, {
          where: "metamd data fetch",
          given: "no dataset",
          accepted: "ids of datasets, or --suite CONFIG",
          hint: "metamd data list shows the ids",
        });
      const { transferBars } = await import("./shared/transfer-bars.js");
      const { fetchDatasets } = await import("../data/on-disk.js");
      const stop = interruption("stopping; what has arrived is kept");
      const show = transferBars(flags);
      try {
        const reports = await fetchDatasets(flags.data, wanted, {
          offline: flags.offline === true || process.env.METAMD_OFFLINE === "1",
          acceptLicences: flags.acceptLicence ?? [],
          trustOnFirstUse: flags.trustOnFirstUse === true,
          signal: stop.signal,
          onEvent: show.event,
        });
        show.end();
        if (reports.length === 0 && !flags.quiet) notice("nothing to fetch: metamd generates these datasets itself");
        if (flags.json) return;
        for (const { id, state, counts } of reports) {
          const images = Object.entries(counts).map(([split, count]) => `, ${count} ${split}`);
          print(`${id}: ${state}${images.join("")}`);
        }
      } finally {
        show.end();
        stop.release();
      }
    });
}

const HELP = `
With --json every event is a line of JSON on stdout: begin, bytes, retry, mirror-failed, present, stored, unpack, \
notice, done. Ctrl-C keeps what has arrived; the same command goes on from there.

Example: metamd data fetch mnist fashion-mnist
Example: metamd data fetch --suite rotated-mnist`;

/** The datasets that a config's suite uses. */
async function datasetsOf(flags: Flags, suite: string): Promise<string[]> {
  const { configPath } = await import("../config/shipped.js");
  const { loadConfig } = await import("../config/load.js");
  const { holdouts } = await import("../config/suite.js");
  const config = loadConfig({ ...flags, config: configPath(suite) });
  const domains = [...config.suite.domains, ...holdouts(config).flatMap((one) => [one.holdout, ...one.metaTrain])];
  return [...new Set(domains.map((domain) => domain.split("/")[0]!))];
}
