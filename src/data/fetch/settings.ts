import { namedStream, type Uniform } from "../../core/rng.js";

/** How patient a transfer is; tests replace the waiting. */
export interface NetSettings {
  /** Tries per mirror. */
  readonly tries: number;
  /** Wait before the next try, in seconds: this after the first failure, doubled after every further one. */
  readonly firstWaitSeconds: number;
  readonly maxRetryAfterSeconds: number;
  readonly connectMilliseconds: number;
  /** Longest silence of a server. */
  readonly stallMilliseconds: number;
  readonly maxRedirects: number;
  /** Spreads the waits by ±20 %. */
  readonly jitter: Uniform;
  /** @throws when the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void>;
}

export const NET: NetSettings = {
  tries: 5,
  firstWaitSeconds: 1,
  maxRetryAfterSeconds: 120,
  connectMilliseconds: 30_000,
  stallMilliseconds: 60_000,
  maxRedirects: 5,
  jitter: namedStream(process.pid, "fetch"),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, milliseconds);
      const stop = (): void => {
        clearTimeout(timer);
        reject(new Error("stopped"));
      };
      if (signal?.aborted === true) stop();
      else signal?.addEventListener("abort", stop, { once: true });
    }),
};

/** What happens during a fetch, for bars and scripts. */
export type FetchEvent = { readonly id: string } & (
  | { readonly event: "present" | "stored"; readonly name: string; readonly bytes: number; readonly sha256: string }
  | {
      readonly event: "begin";
      readonly name: string;
      readonly url: string;
      /** Bytes that are here from an earlier try. */
      readonly from: number;
      readonly total?: number | undefined;
    }
  | { readonly event: "bytes"; readonly name: string; readonly at: number; readonly total?: number | undefined }
  | {
      readonly event: "retry";
      readonly name: string;
      readonly url: string;
      readonly reason: string;
      readonly waitSeconds: number;
    }
  | { readonly event: "mirror-failed"; readonly name: string; readonly url: string; readonly reason: string }
  | { readonly event: "unpack"; readonly name: string }
  | { readonly event: "notice"; readonly text: string }
  | { readonly event: "done"; readonly state: string; readonly counts: Readonly<Record<string, number>> }
);
