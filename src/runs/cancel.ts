import type { Holder } from "../records/holder.js";
import { readLeases } from "../records/lease-files.js";
import { readSubmissions, type Submission } from "../records/submission.js";
import { cancelArrays, queuedTasks, type Task } from "./slurm/queue.js";
import { planOf } from "./status.js";

/** What was stopped of an experiment, and what goes on. */
export interface Cancelled {
  readonly experiment: string;
  /** Job arrays that were in the queue, and their tasks. */
  readonly submissions: readonly Submission[];
  readonly tasks: readonly Task[];
  /** Living processes that are no Slurm tasks, each as often as it has runs. */
  readonly others: readonly Holder[];
}

/** Stops an experiment's Slurm jobs. What they have done is kept, and `run` goes on from there.
 *  @param folder of the experiment, in the results.
 *  @throws UserError (usage): there is no experiment, or Slurm does not answer. */
export async function cancel(folder: string): Promise<Cancelled> {
  const { experiment } = planOf(folder);
  const submitted = readSubmissions(folder);
  const tasks = submitted.length > 0 ? await queuedTasks(submitted) : [];
  const submissions = submitted.filter(({ job }) => tasks.some((task) => task.job === job));
  if (submissions.length > 0) await cancelArrays(submissions);
  const others = readLeases(folder).flatMap(({ alive, holder }) => (alive && holder.job === undefined ? [holder] : []));
  return { experiment, submissions, tasks, others };
}
