import { milliseconds } from "../../core/clock.js";
import { EXIT, Interrupted } from "../../core/errors.js";
import { WARNINGS } from "../../core/interruption.js";
import { watchParent } from "../../core/parent-watch.js";
import { sentError, type SentError } from "./sent-error.js";

/** What the pool says to a worker: first what it needs for its tasks, then these. Each has a number. */
export type ToWorker = { readonly number: number } & (
  | { readonly kind: "open"; readonly setup: unknown }
  | { readonly kind: "run"; readonly task: unknown }
  | { readonly kind: "stop" }
);

/** What a worker says: that its program runs, then of what it was asked by that number. */
export type FromWorker = { readonly kind: "started" } | ({ readonly number: number } & Said);

type Said =
  | { readonly kind: "progress"; readonly amount: number }
  /** It takes another task meanwhile. */
  | { readonly kind: "computed" }
  | { readonly kind: "done"; readonly result: unknown }
  | { readonly kind: "stopped" }
  | ({ readonly kind: "failed" } & SentError);

/** What a worker process does with its tasks. */
export interface Handler {
  /** Said to the pool once, before any task. */
  readonly about: unknown;
  /** @param onProgress takes amounts of work done. @param onComputed when another task can be taken, before this one ends.
   *  @returns what can be sent to another process. @throws Interrupted when the signal stopped it. */
  run(
    task: unknown,
    onProgress: (amount: number) => void,
    signal: AbortSignal,
    onComputed: () => void,
  ): Promise<unknown>;
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
  process.send!({ kind: "started" } satisfies FromWorker);
  let handler: Handler | undefined;
  const running = new Map<number, AbortController>();
  process.on("message", ({ number, ...asked }: ToWorker) => {
    const say = (said: Said): void => void process.send!({ number, ...said } satisfies FromWorker);
    const prepare = async (setup: unknown): Promise<unknown> => (handler = await open(setup)).about;
    switch (asked.kind) {
      case "open":
        return void endOf(() => prepare(asked.setup)).then(say);
      case "stop":
        return running.get(number)?.abort();
      case "run": {
        const stop = new AbortController();
        running.set(number, stop);
        const end = endOf(() => runTask(handler!, asked.task, stop.signal, say));
        return void end.finally(() => running.delete(number)).then(say);
      }
    }
  });
}

async function endOf(work: () => Promise<unknown>): Promise<Said> {
  try {
    return { kind: "done", result: await work() };
  } catch (error) {
    return error instanceof Interrupted ? { kind: "stopped" } : { kind: "failed", ...sentError(error) };
  }
}

async function runTask(
  handler: Handler,
  task: unknown,
  signal: AbortSignal,
  say: (said: Said) => void,
): Promise<unknown> {
  let [unsaid, said] = [0, milliseconds()];
  const onProgress = (amount: number): void => {
    unsaid += amount;
    const now = milliseconds();
    if (now - said < REPORT_EVERY) return;
    say({ kind: "progress", amount: unsaid });
    [unsaid, said] = [0, now];
  };
  const result = await handler.run(task, onProgress, signal, () => say({ kind: "computed" }));
  say({ kind: "progress", amount: unsaid });
  return result;
}
