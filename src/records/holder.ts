import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { ownName } from "../core/liveness.js";

const holderSchema = z.strictObject({
  host: z.string(),
  pid: z.int(),
  /** When the process began, in the kernel's own count, since a pid is used again; empty where the kernel does not say. */
  began: z.string(),
  /** Where its pid means one process: start of the machine and pid namespace. Earlier versions did not say. */
  space: z.string().optional(),
  /** Unlike any other process's. */
  token: z.string(),
  /** Runs that it has at a time; absent: one. Each is to blame for its death in equal parts. */
  runs: z.int().positive().optional(),
  /** The Slurm job that it is part of, like "17" or "17_3". */
  job: z.string().optional(),
});
/** A process that runs something. */
export type Holder = z.output<typeof holderSchema>;

/** @param runs that it will have at a time. */
export function thisProcess(runs = 1): Holder {
  const { SLURM_JOB_ID: job, SLURM_ARRAY_JOB_ID: array, SLURM_ARRAY_TASK_ID: task } = process.env;
  const part = array !== undefined && task !== undefined ? `${array}_${task}` : job;
  return { ...ownName(), token: randomUUID(), runs, ...(part !== undefined && { job: part }) };
}

/** Reads the file of a lease; undefined when it was given back just now, or holds something else.
 *  @throws what else the file system says: an unreadable disk frees no lease. */
export function readHolder(file: string): Holder | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
