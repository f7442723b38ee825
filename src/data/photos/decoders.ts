import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { EXIT, UserError, type Fault } from "../../core/errors.js";
import { packageRoot } from "../../core/files.js";
import { newThread } from "../../core/new-thread.js";
import { decodePhoto, type PhotoFrame } from "./decode.js";

/** What a decoding thread is asked. */
export interface ToDecoder {
  readonly id: number;
  readonly path: string;
  readonly frame: PhotoFrame;
  readonly sha256: string | undefined;
}

/** What it answers. */
export type FromDecoder =
  | { readonly id: number; readonly pixels: Uint8Array }
  | { readonly id: number; readonly message: string; readonly faults: readonly Fault[] | undefined };

/** Decodes photos, several at a time; the bytes do not depend on how many. */
export interface Decoders {
  /** @param sha256 that the file must have. */
  decode(path: string, frame: PhotoFrame, sha256?: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Photos that are worth a thread of their own: it starts in about the time that ten take. */
const PHOTOS_PER_THREAD = 16;
/** Photos that a thread has at a time: one is resized while the next one is decoded. */
const AT_A_TIME = 2;

/** Opens threads for so many photos, one a processor at most; on one processor, or for a few photos, none.
 *  @param threads how many; default by the processors. */
export function openDecoders(photos: number, threads = usefulThreads(photos)): Decoders {
  if (threads <= 1) return { decode: limited(AT_A_TIME, decodePhoto), close: () => Promise.resolve() };
  const all = Array.from({ length: threads }, openThread);
  let busy = all.map(() => 0);
  const decode = limited(AT_A_TIME * threads, async (path: string, frame: PhotoFrame, sha256?: string) => {
    const free = busy.indexOf(Math.min(...busy));
    const change = (by: number): void => void (busy = busy.map((count, i) => (i === free ? count + by : count)));
    change(1);
    return all[free]!.decode(path, frame, sha256).finally(() => change(-1));
  });
  return { decode, close: async () => void (await Promise.all(all.map((thread) => thread.close()))) };
}

/** Threads that are worth it for so many photos. */
export function usefulThreads(photos: number): number {
  if (!existsSync(workerFile())) return 1;
  return Math.min(availableParallelism(), Math.floor(photos / PHOTOS_PER_THREAD));
}

/** Threads run built files only. */
const workerFile = (): string => join(packageRoot(), "dist", "src", "data", "photos", "worker.js");

/** Calls of a function, so many at a time and in their order. */
function limited<Given extends unknown[], Result>(
  atATime: number,
  call: (...given: Given) => Promise<Result>,
): (...given: Given) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (...given) => {
    if (running === atATime) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await call(...given);
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}

interface Asked {
  resolve(pixels: Uint8Array): void;
  reject(error: Error): void;
}

function openThread(): Decoders {
  const worker = newThread(workerFile());
  const asked = new Map<number, Asked>();
  let count = 0;
  let ended: Error | undefined;
  const end = (error: Error): void => {
    ended ??= error;
    for (const { reject } of asked.values()) reject(ended);
    asked.clear();
  };
  worker.on("message", (answer: FromDecoder) => {
    const { resolve, reject } = asked.get(answer.id)!;
    asked.delete(answer.id);
    if ("pixels" in answer) resolve(answer.pixels);
    else reject(answer.faults === undefined ? new Error(answer.message) : new UserError(EXIT.data, answer.faults));
  });
  worker.on("error", (error: Error) => end(error));
  worker.on("exit", (code) => end(new Error(`a thread that decodes photos ended with code ${code}`)));
  return {
    decode: (path, frame, sha256) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended);
        asked.set(count, { resolve, reject });
        worker.postMessage({ id: count++, path, frame, sha256 } satisfies ToDecoder);
      }),
    close: async () => void (await worker.terminate()),
  };
}
