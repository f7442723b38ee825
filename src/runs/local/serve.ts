import { milliseconds } from "../../core/clock.js";
import { EXIT, type ExitCode, type Fault, Interrupted, UserError } from "../../core/errors.js";
import { WARNINGS } from "../../core/interruption.js";
import { watchParent } from "../../core/parent-watch.js";

/** What the pool says to a worker. */
export type ToWorker =
  | { readonly kind: "open"; readonly setup: unknown }
  | { readonly kind: "run"; readonly task: unknown }
  | { readonly kind: "stop" };

/** What a worker says to the pool. */
export type FromWorker =
  | { readonly kind: "ready"; readonly about: unknown }
  | { readonly kind: "progress"; readonly amount: number }
  | { readonly kind: "done"; readonly result: unknown }
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly message: string; readonly exitCode?: ExitCode; readonly faults?: Fault[] };

/** What a worker process does with its tasks. */
export interface Handler {
  /** Said to the pool once, before any task. */
  readonly about: unknown;
  /** @param onProgress takes amounts of work done. @returns what can be sent to another process.
   *  @throws Interrupted when the signal stopped it. */
  run(task: unknown, onProgress: (amount: number) => void, signal: AbortSignal): Promise<unknown>;
}

/** Milliseconds between messages of progress. */
const REPORT_EVERY = 100;

/** Serves a pool over this process's channel until the pool goes. A pool that died takes its workers with it at once, as
 *  if all had been killed together, however busy they are: what they would still write could meet what the next writes.
 *  @param open prepares the work with what the pool gives every worker; what it throws ends the worker, and the pool says
 *  why. */
export function serve(open: (setup: unknown) => Promise<Handler>): void {
  process.on("disconnect", () => process.exit(EXIT.interrupted));
  // A terminal sends Ctrl-C, and Slurm the end of a job, to the pool and its workers alike; the pool tells the workers
  // when to stop.
  for (const signal of [...["SIGINT", "SIGTERM", "SIGHUP"], ...WARNINGS]) process.on(signal, () => undefined);
  watchParent(process.ppid);
  const say = (message: FromWorker): void => void process.send!(message);
  let handler: Handler | undefined;
  let running = new AbortController();
  const begin = async (setup: unknown): Promise<FromWorker> => {
    try {
      handler = await open(setup);
      return { kind: "ready", about: handler.about };
    } catch (error) {
      return failure(error);
    }
  };
  process.on("message", (message: ToWorker) => {
    switch (message.kind) {
      case "open":
        return void begin(message.setup).then(say);
      case "stop":
        return running.abort();
      case "run":
        running = new AbortController();
        return void runTask(handler!, message.task, running.signal, say).then(say);
    }
  });
}

async function runTask(
  handler: Handler,
  task: unknown,
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
