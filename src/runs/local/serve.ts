import { milliseconds } from "../../core/clock.js";
import { EXIT, Interrupted, UserError } from "../../core/errors.js";
import type { FromWorker, ToWorker } from "./messages.js";

/** What a worker process does with its tasks. */
export interface Handler {
  /** Said to the pool once, before any task. */
  readonly about: unknown;
  /** @param onProgress takes amounts of work done. @returns what can be sent as JSON.
   *  @throws Interrupted when the signal stopped it. */
  run(task: string, onProgress: (amount: number) => void, signal: AbortSignal): Promise<unknown>;
}

/** Milliseconds between messages of progress. */
const REPORT_EVERY = 100;

/** Serves a pool over this process's channel until the pool goes. A pool that died takes its workers with it at once, as
 *  if all had been killed together: what they would still write could meet what the next pool writes.
 *  @param open prepares the work; what it throws ends the worker, and the pool says why. */
export async function serve(open: () => Promise<Handler>): Promise<void> {
  process.on("disconnect", () => process.exit(EXIT.interrupted));
  // A terminal sends Ctrl-C, and Slurm the end of a job, to the pool and its workers alike; the pool tells the workers
  // when to stop.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
  const say = (message: FromWorker): void => void process.send!(message);
  let handler: Handler;
  try {
    handler = await open();
  } catch (error) {
    return say(failure(error));
  }
  let running = new AbortController();
  process.on("message", (message: ToWorker) => {
    if (message.kind === "stop") return running.abort();
    running = new AbortController();
    void runTask(handler, message.task, running.signal, say).then(say);
  });
  say({ kind: "ready", about: handler.about });
}

async function runTask(
  handler: Handler,
  task: string,
  signal: AbortSignal,
  say: (message: FromWorker) => void,
): Promise<FromWorker> {
  let [unsaid, said] = [0, milliseconds()];
  const onProgress = (amount: number): void => {
    unsaid += amount;
    const now = milliseconds();
    if (now - said < REPORT_EVERY) return;
    say({ kind: "progress", amount: unsaid });
    [unsaid, said] = [0, now];
  };
  try {
    const result = await handler.run(task, onProgress, signal);
    say({ kind: "progress", amount: unsaid });
    return { kind: "done", result };
  } catch (error) {
    return error instanceof Interrupted ? { kind: "stopped" } : failure(error);
  }
}

function failure(error: unknown): FromWorker {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof UserError)) return { kind: "failed", message };
  return { kind: "failed", message, exitCode: error.exitCode, faults: [...error.faults] };
}
