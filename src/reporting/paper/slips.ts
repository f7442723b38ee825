import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { packageRoot } from "../../core/files.js";

const slip = z.strictObject({
  id: z.string(),
  /** slip: the paper contradicts itself; gap: it leaves open what decides numbers; lost: its text has a hole here. */
  kind: z.enum(["slip", "gap", "lost"]),
  /** Tables ("table4"), panels ("table8.auc"), figures and claims that it belongs to. */
  concerns: z.array(z.string()).min(1),
  text: z.string(),
});
/** What a reader of the paper's numbers should know of them. */
type Slip = z.output<typeof slip>;

const schema = z.strictObject({ schema: z.literal("metamd-paper-slips/1"), slips: z.array(slip) });

let read: readonly Slip[] | undefined;

/** The paper's known slips, from `results/reference/slips.yaml`.
 *  @throws ZodError when the file is not of its schema: a defect, as the file is shipped.
 *  @internal Exported for tests. */
export function paperSlips(): readonly Slip[] {
  read ??= schema.parse(parse(readFileSync(join(packageRoot(), "results/reference/slips.yaml"), "utf8"))).slips;
  return read;
}

/** Those that concern a table with all its panels ("table8"), one panel ("table8.auc"), a figure or a claim. */
export const slipsOf = (id: string): Slip[] =>
  paperSlips().filter(({ concerns }) =>
    concerns.some((one) => one === id || one.startsWith(`${id}.`) || id.startsWith(`${one}.`)),
  );
