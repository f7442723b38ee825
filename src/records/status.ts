import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../core/errors.js";
import { printableName } from "../core/printable.js";
import { readLeases } from "./lease-files.js";
import type { Holder } from "./holder.js";
import type { Cell, Phase, Plan } from "./plan.js";
import { earlierNote } from "./numerics.js";
import { checkSum } from "./checksums.js";
import { RECORD_VERSION } from "./record.js";

/** What a run may be. Stale: the process that had it died; the next one that looks takes it over. Skipped: its search had
 *  used up its budget. */
const STATES = ["done", "diverged", "running", "waiting", "stale", "failed", "skipped", "damaged"] as const;
export type State = (typeof STATES)[number];

/** Runs by state. */
type Counts = Readonly<Record<State | "runs", number>>;

/** One run that is worth a line: neither done, skipped nor waiting. */
export interface NotableRun {
  readonly id: string;
  readonly phase: Phase;
  readonly method: string;
  readonly holdout?: string;
  readonly state: State;
  /** Of one that failed or is damaged. */
  readonly reason?: string;
  /** The process that has a run, or died with it, since when and for how long, in milliseconds of the disk's clock. */
  readonly holder?: Holder;
  readonly since?: number;
  readonly age?: number;
}

/** How far an experiment is. */
export interface Status {
  readonly experiment: string;
  readonly numerics: number;
  /** What to know of runs of earlier numerics. */
  readonly note?: string;
  readonly phases: readonly { readonly phase: Phase; readonly counts: Counts }[];
  readonly total: Counts;
  readonly runs: readonly NotableRun[];
}

/** Reads how far an experiment is from its plan, records and leases. @param folder of the experiment. */
export function readStatus(folder: string, plan: Plan): Status {
  const states = readRunStates(folder);
  const leases = new Map(readLeases(folder).map((lease) => [lease.id, lease]));
  const runs = plan.cells.map((cell): NotableRun => {
    const settled = states.get(cell.id);
    const lease = leases.get(cell.id);
    if (settled !== undefined && (settled.state !== "failed" || lease?.alive !== true))
      return { ...headOf(cell), ...settled };
    if (lease === undefined) return { ...headOf(cell), state: "waiting" };
    const { alive, holder, since, age } = lease;
    return { ...headOf(cell), state: alive ? "running" : "stale", holder, since, age };
  });
  const note = earlierNote(plan.numerics);
  const phases = [...new Set(plan.cells.map(({ phase }) => phase))];
  return {
    experiment: plan.experiment,
    numerics: plan.numerics,
    ...(note !== undefined && { note }),
    phases: phases.map((phase) => ({ phase, counts: count(runs.filter((run) => run.phase === phase)) })),
    total: count(runs),
    runs: runs.filter(({ state }) => !["done", "skipped", "waiting"].includes(state)),
  };
}

const headOf = ({ id, phase, method, holdout }: Cell): Omit<NotableRun, "state"> => ({
  id,
  phase,
  method,
  ...(holdout !== undefined && { holdout }),
});

function count(runs: readonly NotableRun[]): Counts {
  const counts = Object.fromEntries(STATES.map((state) => [state, 0])) as Record<State, number>;
  for (const { state } of runs) counts[state]++;
  return { runs: runs.length, ...counts };
}

/** What a run's record says of it, at a glance. */
interface RunState {
  readonly state: "done" | "diverged" | "skipped" | "failed" | "damaged";
  /** Why it failed, or what is wrong with its record. */
  readonly reason?: string;
}

const glance = z.object({
  schemaVersion: z.literal(RECORD_VERSION),
  id: z.string(),
  state: z.enum(["done", "diverged", "skipped", "failed"]),
  failure: z.string().optional(),
});

/** The states of all runs of an experiment that have a record; quick: most of a record is not checked.
 *  @internal Exported for tests. */
export function readRunStates(experimentFolder: string): Map<string, RunState> {
  const runs = join(experimentFolder, "runs");
  const states = new Map<string, RunState>();
  for (const id of namesIn(runs)) {
    const state = readState(join(runs, id, "record.json"), id);
    if (state !== undefined) states.set(id, state);
  }
  return states;
}

function readState(path: string, id: string): RunState | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? undefined : { state: "damaged", reason: message };
  }
  try {
    const json = JSON.parse(bytes.toString()) as { schemaVersion?: unknown };
    if (json.schemaVersion !== RECORD_VERSION)
      return { state: "damaged", reason: `schemaVersion ${String(json.schemaVersion)}, not ${RECORD_VERSION}` };
    const { state, failure, id: given } = glance.parse(json);
    if (given !== id) return { state: "damaged", reason: `the record of run ${given}` };
    checkSum(path, bytes, "");
    return { state, ...(failure !== undefined && { reason: failure }) };
  } catch (error) {
    if (error instanceof UserError) return { state: "damaged", reason: error.faults[0]!.given };
    return {
      state: "damaged",
      reason: error instanceof SyntaxError ? `not valid JSON: ${printableName(error.message)}` : "not a run record",
    };
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
