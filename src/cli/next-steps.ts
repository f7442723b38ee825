import type { Plan } from "../records/plan.js";
import type { GlobalFlags } from "./globals.js";

/** What to do after the runs of a command, a line each. @param command like "run". */
export function nextSteps(command: string, plan: Plan, failed: number, { results }: GlobalFlags): string[] {
  if (failed > 0) return ["next: fix the cause, then the same command tries what failed again"];
  if (command === "meta-train" || command === "tune")
    return ["next: metamd run with the same --config and --preset does the rest"];
  const where = results === "results" ? "" : ` --results ${quoted(results)}`;
  const { experiment } = plan.config;
  return [
    "next:",
    `  metamd report${where}  (all of it on one page)`,
    `  metamd figure all${where}`,
    ...(typeof experiment === "string"
      ? [`  metamd claims ${experiment}${where}  (the paper's claims beside it)`]
      : []),
  ];
}

/** A path as a word of a command line. */
const quoted = (path: string): string => (/^[\w./~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);
