import { groupBy } from "../core/group.js";
import { counted } from "../core/wording.js";
import type { Cell } from "../records/plan.js";
import { titleOf, type Experiment } from "./experiment.js";

/** Groups that are listed of diverged runs, and causes of failed ones. */
const LISTED = 10;
const PHASES = { "meta-train": "meta-training", tune: "tuning", trial: "trial" } as const;

/** A run of a plan that failed. */
interface Failed {
  readonly id: string;
  readonly reason: string;
}

/** The diverged runs of an experiment: a line per method, phase and learning rate, with the holdouts. */
export function divergedLines({ plan, records }: Experiment): string[] {
  const all = plan.cells.flatMap((cell) => {
    const record = records.get(cell.id);
    return record?.state === "diverged" ? [{ cell, rate: record.selected?.learningRate }] : [];
  });
  if (all.length === 0) return [];
  const groups = groupBy(all, ({ cell, rate }) => JSON.stringify([cell.method, cell.phase, rate]));
  const lines = [...groups.values()].map((held) => {
    const { cell, rate } = held[0]!;
    const at = rate === undefined ? "" : `, learning rate ${Number(rate.toPrecision(4))}`;
    const domains = tallied(held.map((one) => one.cell.holdout ?? "all domains"));
    return `  ${titleOf(plan, cell.method)}, ${PHASES[cell.phase]}${at}: ${domains}`;
  });
  return [`diverged, which counts as guessing: ${counted(all.length, "run")}`, ...shortened(lines)];
}

/** Failed runs by cause, each with its methods and holdouts; those that only needed one of them are counted. */
export function failedLines({ plan }: Experiment, failed: readonly Failed[]): string[] {
  if (failed.length === 0) return [];
  const byId = new Map(plan.cells.map((cell) => [cell.id, cell]));
  const known = failed.flatMap(({ id, reason }) => {
    const cell = byId.get(id);
    return cell === undefined ? [] : [{ cell, reason: reason.trimEnd() }];
  });
  const needed = known.filter(({ reason }) => NEEDS.test(reason));
  const causes = groupBy(
    known.filter((one) => !needed.includes(one)),
    ({ reason }) => reason,
  );
  const lines = [...causes].map(([reason, held]) =>
    [`  ${reason.replaceAll("\n", "\n  ")}`, `    ${whoseRuns(plan, held)}`].join("\n"),
  );
  const waiting = needed.length === 0 ? [] : [`  needs a run that failed\n    ${whoseRuns(plan, needed)}`];
  return [`failed: ${counted(failed.length, "run")}`, ...shortened(lines), ...waiting];
}

const NEEDS = /^needs run \S+, which failed$/;

/** "3 runs: SGD on usps; MetaMD on mnist, usps". */
function whoseRuns(plan: Experiment["plan"], held: readonly { readonly cell: Cell }[]): string {
  const byMethod = groupBy(held, ({ cell }) => cell.method);
  const whose = [...byMethod].map(([method, runs]) => {
    const domains = tallied(runs.map(({ cell }) => cell.holdout ?? "all domains"));
    return `${titleOf(plan, method)} on ${domains}`;
  });
  return `${counted(held.length, "run")}: ${whose.join("; ")}`;
}

/** "usps, mnist (3)". */
function tallied(names: readonly string[]): string {
  return [...groupBy(names, (name) => name)]
    .map(([name, { length }]) => (length === 1 ? name : `${name} (${length})`))
    .join(", ");
}

function shortened(lines: readonly string[]): string[] {
  const more = lines.length - LISTED;
  return more > 0 ? [...lines.slice(0, LISTED), `  and ${more} more kinds: metamd status lists them`] : [...lines];
}
