import { closeSync, constants, existsSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "./files.js";
import { newThread } from "./new-thread.js";

/** Seconds between a process's signs of life, and without one until it is taken for dead. */
export const BEAT_SECONDS = 15;
export const DEAD_SECONDS = 90;

/** Signs of life of this process, until they are stopped. */
export interface Heartbeat {
  /** No sign is written any more when this returns. */
  stop(): void;
}

/** What the thread is given. */
export interface HeartbeatStart {
  readonly path: string;
  readonly text: string;
  readonly everySeconds: number;
  /** IDLE, WRITING or STOPPED. */
  readonly state: SharedArrayBuffer;
}

export const IDLE = 0;
export const WRITING = 1;
const STOPPED = 2;
/** Milliseconds that a sign which is being written is waited for: a disk may hang. */
const PATIENCE = 2000;

/** Writes a file again every few seconds, from a thread of its own: neither a long computation nor a full event loop
 *  silences it, only what stops the whole process.
 *  @param text of the file, always the same. @param onTrouble is told why a sign could not be written, once for every
 *  series of such, and of its end by undefined.
 *  @throws Error when the program is not built. */
export function startHeartbeat(
  path: string,
  text: string,
  onTrouble: (trouble: string | undefined) => void,
): Heartbeat {
  const program = join(packageRoot(), "dist", "src", "core", "heartbeat-thread.js");
  if (!existsSync(program)) throw new Error(`${program} is missing: npm run build makes it`);
  const shared = new SharedArrayBuffer(4);
  const state = new Int32Array(shared);
  const workerData: HeartbeatStart = { path, text, everySeconds: BEAT_SECONDS, state: shared };
  const worker = newThread(program, { workerData });
  worker.on("message", onTrouble);
  worker.on("error", ({ message }) => onTrouble(message));
  worker.unref(); // after the listeners, each of which lets the thread keep the process alive
  return {
    stop() {
      worker.off("message", onTrouble);
      if (Atomics.compareExchange(state, 0, IDLE, STOPPED) === WRITING) {
        Atomics.wait(state, 0, WRITING, PATIENCE);
        Atomics.store(state, 0, STOPPED);
      }
      void worker.terminate();
    },
  };
}

/** Writes one sign of life. @returns when that was, in milliseconds by the clock of the disk: other machines' differ. */
export function beat(path: string, text: string): number {
  // Neither cut nor replaced, so that a lock which is the same file by another name lives too.
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT);
  try {
    writeSync(file, text, 0);
  } finally {
    closeSync(file);
  }
  return statSync(path).mtimeMs;
}
