import { Option } from "commander";
import type { Plan } from "../records/plan.js";
import { notice } from "./print.js";

export const skipMissingOption = (): Option =>
  new Option("--skip-missing", "leave domains out whose data are not here, and say so in the tables");

/** Says what was left out, and that optimisers are learned without it. */
export function noticeMissing({ missing }: Plan, quiet: boolean): void {
  if (missing.length === 0 || quiet) return;
  notice(
    `left out, data missing: ${missing.map(({ domain }) => domain).join(", ")}; nothing is learned or tested there`,
  );
}
