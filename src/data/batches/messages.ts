import type { MessagePort } from "node:worker_threads";
import type { BatchRecipe } from "./recipe.js";
import type { RingShape } from "./ring.js";

/** What a thread is started with. */
export interface ThreadStart {
  readonly port: MessagePort;
  /** Int32 by the names below. */
  readonly signals: SharedArrayBuffer;
}

/** Counts what there may be to do: jobs, and batches that were let go. */
export const BELL = 0;
/** Counts the batches that a thread has made, so that a slow one is not taken for a dead one. */
export const BEATS = 1;
/** 1 when a thread has ended. */
export const ENDED = 2;
export const SIGNALS = 3;

export type ToThread =
  | {
      readonly kind: "open";
      readonly job: number;
      readonly recipe: BatchRecipe;
      readonly ring: SharedArrayBuffer;
      readonly shape: RingShape;
      /** Step of the job's batch 0. */
      readonly first: number;
      /** This thread makes batches begin, begin + every, ... */
      readonly begin: number;
      readonly every: number;
    }
  | { readonly kind: "close"; readonly job: number };

/** A batch could not be made. */
export interface FromThread {
  readonly job: number;
  readonly message: string;
}
