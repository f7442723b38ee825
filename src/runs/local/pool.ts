import { fork, type ChildProcess } from "node:child_process";
import { residentBytes } from "../../core/memory.js";
import { EXIT, Interrupted, UserError } from "../../core/errors.js";
import type { FromWorker, ToWorker } from "./messages.js";

/** Worker processes on this machine that run tasks. */
export interface Pool {
  /** Runs one task on a free worker; at most `size` at a time. A worker that dies costs its task one retry.
   *  @returns what the worker's handler returned.
   *  @throws Interrupted, or what the handler threw: a UserError with its faults, anything else by its message. */
  run(task: string, onProgress: (amount: number) => void, signal: AbortSignal): Promise<unknown>;
  /** Ends the workers, at once. */
  close(): void;
}

/** How the pool starts its workers. */
export interface WorkerCommand {
  /** The program file, and its arguments: the program must call `serve`. */
  readonly program: string;
  readonly args: readonly string[];
  /** Memory that a worker may hold; one that holds more is ended, which costs its task one retry in a fresh one. */
  readonly memoryBytes?: number;
}

/** Characters of a worker's messages that are kept for the report when it dies. */
const KEPT_MESSAGES = 2000;
/** Times that a task is begun. */
const TRIES = 2;
/** Milliseconds between looks at the memory of the workers. */
const WEIGH_EVERY = 500;
/** Times that a worker is started when something kills it before it is ready. */
const STARTS = 3;

/** Starts no process yet: workers start with the first tasks.
 *  @param onReady is given what the first worker says of itself. */
export function openPool({ program, args, memoryBytes }: WorkerCommand, onReady: (about: unknown) => void): Pool {
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  let announced = false;
  let closed = false;
  const tooLarge = new Set<ChildProcess>();
  const weighing = setInterval(() => {
    for (const worker of all) {
      if (residentBytes(worker.pid) <= memoryBytes!) continue;
      tooLarge.add(worker);
      worker.kill("SIGKILL");
    }
  }, WEIGH_EVERY);
  weighing.unref();
  if (memoryBytes === undefined) clearInterval(weighing);
  const close = (): void => {
    closed = true;
    clearInterval(weighing);
    for (const worker of all) worker.kill("SIGKILL");
    process.off("exit", close);
  };
  process.on("exit", close);

  const begin = async (starts = 1): Promise<ChildProcess> => {
    const worker = fork(program, args, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    all.add(worker);
    worker.once("exit", () => {
      all.delete(worker);
      if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
    });
    try {
      const about = await answer(worker, "ready", () => undefined);
      if (!announced) onReady(about);
      announced = true;
      return worker;
    } catch (error) {
      if (!(error instanceof WorkerDied)) throw error;
      if (tooLarge.has(worker)) throw stillborn(new Error(overCeiling(memoryBytes!)));
      if (error.killed && starts < STARTS) return begin(starts + 1);
      throw stillborn(error);
    }
  };
  const attempt = async (task: string, onProgress: (amount: number) => void, signal: AbortSignal): Promise<unknown> => {
    const worker = idle.pop() ?? (await begin().catch((error: unknown) => refuse(error, signal)));
    if (signal.aborted) {
      idle.push(worker);
      throw new Interrupted();
    }
    const stop = (): void => tell(worker, { kind: "stop" });
    signal.addEventListener("abort", stop);
    try {
      tell(worker, { kind: "run", task });
      return await answer(worker, "done", onProgress);
    } catch (error) {
      if (error instanceof WorkerDied && tooLarge.has(worker)) throw new WorkerDied(overCeiling(memoryBytes!), true);
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
      if (all.has(worker)) idle.push(worker);
    }
  };
  return {
    async run(task, onProgress, signal) {
      for (let attempts = 1; ; attempts++) {
        let reported = 0;
        try {
          return await attempt(
            task,
            (amount) => {
              reported += amount;
              onProgress(amount);
            },
            signal,
          );
        } catch (error) {
          if (!(error instanceof WorkerDied) || attempts === TRIES || closed) throw error;
          onProgress(-reported);
        }
      }
    },
    close,
  };
}

const overCeiling = (bytes: number): string =>
  `it held more than ${(bytes / 1e9).toFixed(1)} GB; --memory raises the ceiling, fewer --jobs leave more for each`;

/** No task is to blame, and every other worker would end the same way. */
const stillborn = ({ message }: Error): UserError =>
  new UserError(EXIT.engine, {
    where: "worker process",
    given: `ended before it was ready: ${message}`,
    remedy: "--jobs 1 runs everything in one process; --engine wasm takes the embedded engine",
  });

/** What ends everything may reach a worker first. */
function refuse(error: unknown, signal: AbortSignal): never {
  throw signal.aborted ? new Interrupted() : error;
}

/** A worker process ended in the middle of a task, on its last try. */
export class WorkerDied extends Error {
  /** @param killed whether a signal ended it. */
  constructor(
    message: string,
    readonly killed: boolean,
  ) {
    super(message);
  }
}

const tell = (worker: ChildProcess, message: ToWorker): void => void worker.send(message, () => undefined);

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
