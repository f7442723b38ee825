import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../core/files.js";
import { newThread } from "../../core/new-thread.js";
import { guardOf, TakenOver, type Fence } from "../../records/fence.js";
import { writeRunFiles, type RunFiles } from "../../records/run-files.js";
import { receivedError, type SentError } from "./sent-error.js";

/** Writes what runs leave, in a thread: the next run is computed meanwhile. */
export interface RunWriter {
  /** Writes the files of one run, one run at a time. @param fence of its lease.
   *  @throws TakenOver; UserError (usage) where the disk refuses. */
  write(files: RunFiles, fence: Fence): Promise<void>;
  /** Ends the thread; nothing is being written any more. */
  close(): void;
}

/** What the thread is given. */
export interface ToWriter {
  readonly files: RunFiles;
  readonly fence: Fence;
}

/** What the thread answers. */
export type FromWriter = { readonly kind: "written" | "taken over" } | ({ readonly kind: "failed" } & SentError);

/** @throws Error when the program is not built; MachineFault where the machine starts no more threads. */
export function openRunWriter(): RunWriter {
  const program = join(packageRoot(), "dist", "src", "runs", "local", "writer-thread.js");
  if (!existsSync(program)) throw new Error(`${program} is missing: npm run build makes it`);
  const thread = newThread(program);
  let hasEnded = false;
  thread.on("error", () => undefined); // and it ends
  thread.on("exit", () => (hasEnded = true));
  thread.unref();
  /** @returns undefined where the thread has ended before its answer. */
  const ask = (task: ToWriter): Promise<FromWriter | undefined> =>
    new Promise((resolve) => {
      if (hasEnded) return resolve(undefined);
      const settle = (answer: FromWriter | undefined): void => {
        thread.off("message", settle);
        thread.off("exit", onExit);
        thread.unref();
        resolve(answer);
      };
      const onExit = (): void => settle(undefined);
      thread.on("message", settle);
      thread.on("exit", onExit);
      thread.ref();
      thread.postMessage(task);
    });
  return {
    async write(files, fence) {
      const answer = await ask({ files, fence });
      switch (answer?.kind) {
        case "written":
          return;
        case "taken over":
          throw new TakenOver(fence.id);
        case "failed":
          throw receivedError(answer);
        case undefined:
          return writeRunFiles(files, guardOf(fence));
      }
    },
    close: () => void thread.terminate(),
  };
}
