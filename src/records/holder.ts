import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";

const holderSchema = z.strictObject({
  host: z.string(),
  pid: z.int(),
  /** When the process began, in the kernel's own count, since a pid is used again; empty where the kernel does not say. */
  began: z.string(),
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
  return {
    host: hostname(),
    pid: process.pid,
    began: kernelOn(process.pid)?.began ?? "",
    token: randomUUID(),
    runs,
    ...(part !== undefined && { job: part }),
  };
}

/** Reads the file of a lease; undefined when it was given back just now, or is unreadable. */
export function readHolder(file: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}

/** Whether a process of this machine still runs. */
export function isRunning({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const known = kernelOn(pid);
  return known === undefined || began === "" || (known.began === began && known.state !== "Z");
}

/** What Linux says of a process: its state, and when it began. */
function kernelOn(pid: number): { readonly state: string; readonly began: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0]!, began: fields[19]! };
  } catch {
    return undefined;
  }
}
