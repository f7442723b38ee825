import { basename, dirname } from "node:path";
import { EXIT, UserError } from "../core/errors.js";
import { readAsked } from "../records/asked.js";
import type { Plan } from "../records/plan.js";
import { readStatus, type Status } from "../records/status.js";
import { openRunStore } from "../records/store.js";
import { readSubmissions } from "../records/submission.js";
import { selectCells } from "./plan/select-cells.js";
import { endedTasks, queuedTasks, type Task } from "./slurm/queue.js";

/** How far an experiment is, with its tasks in Slurm's queue, and those that ended badly. */
export interface ExperimentStatus extends Status {
  /** Runs of the plan that nobody has asked for, which are not counted; absent where all were. */
  readonly notAsked?: number;
  /** Absent where nothing was submitted, or Slurm does not answer. */
  readonly slurm?: { readonly queued: readonly Task[]; readonly ended: readonly Task[] };
}

/** Reads how far an experiment is: what is done, running and where, waiting, stale and failed.
 *  @param folder of the experiment, in the results. @param onNotice is told when Slurm does not answer.
 *  @throws UserError: (usage) there is no experiment; (data) its plan is damaged. */
export async function status(folder: string, onNotice?: (text: string) => void): Promise<ExperimentStatus> {
  const read = readAskedStatus(folder, planOf(folder));
  const submissions = readSubmissions(folder);
  if (submissions.length === 0) return read;
  try {
    return { ...read, slurm: { queued: await queuedTasks(submissions), ended: await endedTasks(submissions) } };
  } catch (error) {
    onNotice?.(`Slurm does not answer, so the files alone speak: ${(error as Error).message.split("\n")[0]!}`);
    return read;
  }
}

/** How far the runs are that somebody asked for. */
function readAskedStatus(folder: string, plan: Plan): ExperimentStatus {
  const parts = readAsked(folder);
  if (parts === undefined) return readStatus(folder, plan);
  const ids = new Set(parts.flatMap((part) => selectCells(plan, part).map(({ id }) => id)));
  const cells = plan.cells.filter(({ id }) => ids.has(id));
  return { ...readStatus(folder, { ...plan, cells }), notAsked: plan.cells.length - cells.length };
}

/** The plan of an experiment that was begun. */
export function planOf(folder: string): Plan {
  const held = openRunStore(dirname(folder), basename(folder)).plan();
  if (held !== undefined) return held;
  throw new UserError(EXIT.usage, {
    where: folder,
    given: "no experiment in this folder",
    accepted: "a folder that metamd run has written to",
  });
}
