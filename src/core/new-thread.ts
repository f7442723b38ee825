import { Worker, type WorkerOptions } from "node:worker_threads";
import { MachineFault } from "./errors.js";

/** Starts a thread of this program. @throws MachineFault where the machine starts no more of them. */
export function newThread(program: string, options: WorkerOptions = {}): Worker {
  try {
    return new Worker(program, { ...options, execArgv: [] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_WORKER_INIT_FAILED") throw error;
    const fault = {
      where: "this machine",
      given: `starts no more threads (${(error as Error).message})`,
      accepted: "some 20 threads a process",
      hint: "end other programs, or raise the limit with ulimit -u",
    };
    throw new MachineFault(fault, { cause: error });
  }
}
