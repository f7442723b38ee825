import { namedStream, permutation } from "../../core/rng.js";
import type { MetaTask, MetaTraining } from "../meta-learner.js";

/** The task of inner run t = 1, 2, ...: every task once in a random order, then all of them again in another. */
export function taskAt({ tasks, seed }: MetaTraining, t: number): MetaTask {
  const round = Math.floor((t - 1) / tasks.length);
  const order = permutation(tasks.length, namedStream(seed, "task order", round));
  return tasks[order[(t - 1) % tasks.length]!]!;
}
