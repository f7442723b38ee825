import { fork, type ChildProcess } from "node:child_process";
import { Interrupted } from "../../core/errors.js";
import { receivedError } from "./sent-error.js";
import type { FromWorker, Handler, ToWorker } from "./serve.js";

/** A process that computes one task at a time, and may still be writing the one before. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  /** What it says of itself once it is ready. @throws WorkerDied, or what preparing the work threw. */
  ready(): Promise<unknown>;
  /** Has the worker's handler run a task.
   *  @throws Interrupted, WorkerDied, or what the handler threw: a UserError with its faults, anything else by its message. */
  readonly run: Handler["run"];
  /** Ends it, at once. @param reason what its death is put down to. */
  kill(reason?: string): void;
}

/** What a worker process runs. */
export interface WorkerProgram {
  /** The program's file: it must call `serve`. */
  readonly program: string;
  /** What `serve` is given to prepare the work. */
  readonly setup: unknown;
  /** Variables of its environment, besides those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A worker process ended before it had an answer. */
export class WorkerDied extends Error {
  /** @param killed whether a signal of somebody else ended it. @param wasComputed whether the task had only to be written. */
  constructor(
    message: string,
    readonly killed: boolean,
    readonly wasComputed = false,
  ) {
    super(message);
  }
}

/** Characters of a worker's messages that are kept for the report when it dies. */
const KEPT_MESSAGES = 2000;

/** A worker whose program does not run by then never will: it may first be read from a slow disk.
 *  @internal Exported for tests. */
export const START_SECONDS = 300;

/** @param onExit is called once the process has ended. */
export function startWorker({ program, setup, environment }: WorkerProgram, onExit: () => void): WorkerProcess {
  const child = fork(program, {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    serialization: "advanced",
    env: { ...process.env, ...environment },
  });
  let reason: string | undefined;
  const kill = (why?: string): void => {
    reason ??= why;
    child.kill("SIGKILL");
  };
  // Node stands still before its first line where the machine gives it no more threads.
  const starting = setTimeout(() => kill(`it did not start in ${START_SECONDS} s`), START_SECONDS * 1000).unref();
  child.once("message", () => clearTimeout(starting));
  child.once("exit", () => {
    clearTimeout(starting);
    onExit();
  });
  const tell = (message: ToWorker): void => void child.send(message, () => undefined);
  let asked = 0;
  /** @param of what is to be done, by its number. */
  const ask = async (of: (number: number) => ToWorker, listener: Listener): Promise<unknown> => {
    const number = asked++;
    tell(of(number));
    try {
      return await answer(child, number, listener);
    } catch (error) {
      throw error instanceof WorkerDied && reason !== undefined
        ? new WorkerDied(reason, false, error.wasComputed)
        : error;
    }
  };
  return {
    pid: child.pid,
    ready: () => ask((number) => ({ kind: "open", number, setup }), { onProgress: () => undefined }),
    run(task, onProgress, signal, onComputed) {
      let stop = (): void => undefined;
      const begin = (number: number): ToWorker => {
        stop = () => tell({ kind: "stop", number });
        signal.addEventListener("abort", stop);
        return { kind: "run", number, task };
      };
      return ask(begin, { onProgress, onComputed }).finally(() => signal.removeEventListener("abort", stop));
    },
    kill,
  };
}

interface Listener {
  onProgress(amount: number): void;
  onComputed?(): void;
}

/** How what a worker was asked ends. @param number of it. */
function answer(worker: ChildProcess, number: number, { onProgress, onComputed }: Listener): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let messages = "";
    let wasComputed = false;
    const onText = (text: Buffer): void => void (messages = (messages + text.toString()).slice(-KEPT_MESSAGES));
    const settle = (act: () => void): void => {
      worker.off("message", onMessage);
      worker.off("exit", onExit);
      worker.off("error", onError);
      worker.stderr!.off("data", onText);
      act();
    };
    const onMessage = (message: FromWorker): void => {
      if (message.kind === "started" || message.number !== number) return;
      switch (message.kind) {
        case "progress":
          return onProgress(message.amount);
        case "computed":
          wasComputed = true;
          return onComputed?.();
        case "stopped":
          return settle(() => reject(new Interrupted()));
        case "failed":
          return settle(() => reject(receivedError(message)));
        case "done":
          return settle(() => resolve(message.result));
      }
    };
    const died = (why: string, killed: boolean): void => settle(() => reject(new WorkerDied(why, killed, wasComputed)));
    const onExit = (code: number | null, signal: NodeJS.Signals | null): void =>
      died(`its process ended (${signal ?? `exit code ${code}`})\n${messages}`.trim(), signal !== null);
    const onError = ({ message }: Error): void => died(message, false);
    worker.on("message", onMessage);
    worker.on("exit", onExit);
    worker.on("error", onError);
    worker.stderr!.on("data", onText);
  });
}
