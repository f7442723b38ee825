import { fork, type ChildProcess } from "node:child_process";
import { EXIT, Interrupted, UserError } from "../../core/errors.js";
import type { FromWorker, ToWorker } from "./serve.js";

/** A process that runs one task at a time. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  /** What it says of itself once it is ready. @throws WorkerDied, or what preparing the work threw. */
  ready(): Promise<unknown>;
  /** @returns what the worker's handler returned.
   *  @throws Interrupted, WorkerDied, or what the handler threw: a UserError with its faults, anything else by its message. */
  run(task: unknown, onProgress: (amount: number) => void, signal: AbortSignal): Promise<unknown>;
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
  /** @param killed whether a signal of somebody else ended it. */
  constructor(
    message: string,
    readonly killed: boolean,
  ) {
    super(message);
  }
}

/** Characters of a worker's messages that are kept for the report when it dies. */
const KEPT_MESSAGES = 2000;

/** @param onExit is called once the process has ended. */
export function startWorker({ program, setup, environment }: WorkerProgram, onExit: () => void): WorkerProcess {
  const child = fork(program, {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    serialization: "advanced",
    env: { ...process.env, ...environment },
  });
  let reason: string | undefined;
  child.once("exit", onExit);
  const tell = (message: ToWorker): void => void child.send(message, () => undefined);
  const answered = async (wanted: "ready" | "done", onProgress: (amount: number) => void): Promise<unknown> => {
    try {
      return await answer(child, wanted, onProgress);
    } catch (error) {
      throw error instanceof WorkerDied && reason !== undefined ? new WorkerDied(reason, false) : error;
    }
  };
  return {
    pid: child.pid,
    ready() {
      tell({ kind: "open", setup });
      return answered("ready", () => undefined);
    },
    async run(task, onProgress, signal) {
      const stop = (): void => tell({ kind: "stop" });
      signal.addEventListener("abort", stop);
      tell({ kind: "run", task });
      return answered("done", onProgress).finally(() => signal.removeEventListener("abort", stop));
    },
    kill(why) {
      reason ??= why;
      child.kill("SIGKILL");
    },
  };
}

/** The worker's next word that is not progress. */
function answer(
  worker: ChildProcess,
  wanted: "ready" | "done",
  onProgress: (amount: number) => void,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let messages = "";
    const onText = (text: Buffer): void => void (messages = (messages + text.toString()).slice(-KEPT_MESSAGES));
    const settle = (act: () => void): void => {
      worker.off("message", onMessage);
      worker.off("exit", onExit);
      worker.off("error", onError);
      worker.stderr!.off("data", onText);
      act();
    };
    const onMessage = (message: FromWorker): void => {
      switch (message.kind) {
        case "progress":
          return onProgress(message.amount);
        case "stopped":
          return settle(() => reject(new Interrupted()));
        case "failed":
          return settle(() => reject(thrownBy(message)));
        case "ready":
        case "done":
          if (message.kind !== wanted) throw new Error(`a worker said ${message.kind} instead of ${wanted}`);
          return settle(() => resolve(message.kind === "ready" ? message.about : message.result));
      }
    };
    const onExit = (code: number | null, signal: NodeJS.Signals | null): void =>
      settle(() => {
        const words = `its process ended (${signal ?? `exit code ${code}`})\n${messages}`.trim();
        reject(new WorkerDied(words, signal !== null));
      });
    const onError = ({ message }: Error): void => settle(() => reject(new WorkerDied(message, false)));
    worker.on("message", onMessage);
    worker.on("exit", onExit);
    worker.on("error", onError);
    worker.stderr!.on("data", onText);
  });
}

function thrownBy({ message, exitCode, faults }: Extract<FromWorker, { kind: "failed" }>): Error {
  return faults === undefined ? new Error(message) : new UserError(exitCode ?? EXIT.runFailed, faults);
}
