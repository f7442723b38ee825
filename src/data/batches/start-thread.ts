import { existsSync } from "node:fs";
import { join } from "node:path";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import { packageRoot } from "../../core/files.js";
import { newThread } from "../../core/new-thread.js";
import { BEATS, BELL, ENDED, SIGNALS, type FromThread, type ThreadStart, type ToThread } from "./messages.js";
import { FAILED } from "./ring.js";

export interface ThreadOptions {
  /** Default: the built thread.js. */
  readonly program?: string;
  /** Seconds without a finished batch after which a thread that is waited for counts as dead; default 60. */
  readonly patience?: number;
}

/** A thread that prepares batches, as its process sees it. */
export interface Thread {
  readonly alive: boolean;
  tell(message: ToThread): void;
  /** There may be something to do. */
  wake(): void;
  /** Blocks until a slot's state has a value. @throws Error when the batch could not be made or the thread is dead. */
  await(state: Int32Array<SharedArrayBuffer>, at: number, value: number, job: number): void;
  end(): Promise<void>;
}

/** Milliseconds between looks at whether a thread that is waited for is still there. */
const LOOK = 200;

/** Starts a thread that does not keep the process from ending.
 *  @throws Error when the program is not built. */
export function startThread({ program = builtThread(), patience = 60 }: ThreadOptions): Thread {
  if (!existsSync(program)) throw new Error(`${program} is missing: npm run build makes it`);
  const { port1: port, port2 } = new MessageChannel();
  const signals = new Int32Array(new SharedArrayBuffer(4 * SIGNALS));
  const workerData: ThreadStart = { port: port2, signals: signals.buffer };
  const worker = newThread(program, { workerData, transferList: [port2] });
  worker.unref();
  const failures = new Map<number, string>();
  let ended: string | undefined;
  worker.on("error", ({ message }) => (ended = message));
  worker.on("exit", (code) => (ended ??= `exit code ${code}`));

  const end = async (): Promise<void> => {
    ended ??= "stopped";
    port.close();
    await worker.terminate();
  };
  const died = (why: string): Error => {
    void end();
    return new Error(`the thread that prepares batches ${why}`);
  };
  const failureOf = (job: number): Error => {
    for (let held; (held = receiveMessageOnPort(port)) !== undefined;) {
      const { job: failed, message } = held.message as FromThread;
      failures.set(failed, message);
    }
    return new Error(failures.get(job) ?? "a batch could not be made");
  };
  const wake = (): void => {
    Atomics.add(signals, BELL, 1);
    Atomics.notify(signals, BELL);
  };
  return {
    get alive() {
      return ended === undefined && Atomics.load(signals, ENDED) === 0;
    },
    tell(message) {
      if (ended !== undefined) return;
      port.postMessage(message);
      wake();
    },
    wake,
    await(state, at, value, job) {
      for (let quiet = 0; ;) {
        const held = Atomics.load(state, at);
        if (held === value) return;
        if (held === FAILED) throw failureOf(job);
        if (ended !== undefined) throw died(`ended: ${ended}`);
        if (Atomics.load(signals, ENDED) !== 0) throw died("ended");
        const beats = Atomics.load(signals, BEATS);
        if (Atomics.wait(state, at, held, LOOK) !== "timed-out") continue;
        quiet = beats === Atomics.load(signals, BEATS) ? quiet + LOOK / 1000 : 0;
        if (quiet > patience) throw died(`made none for ${patience} s`);
      }
    },
    end,
  };
}

const builtThread = (): string => join(packageRoot(), "dist", "src", "data", "batches", "thread.js");
