import type { BatchBuffer } from "./gather.js";

/** What a ring is made for. */
export interface RingShape {
  /** Batches that it holds, the one in use included. */
  readonly slots: number;
  readonly batchSize: number;
  /** Numbers of one image. */
  readonly values: number;
}

/** Shared memory in which threads hand batches over, in order: batch i = 0, 1, ... of a job lies in slot i mod slots.
 *  It may be written as soon as batch i − slots was let go, and read once the slot's state says i + 1. */
export interface Ring {
  readonly memory: SharedArrayBuffer;
  /** Int32: how many batches were let go, how many threads have the job, then of every slot its state and its size. */
  readonly state: Int32Array<SharedArrayBuffer>;
  readonly buffers: readonly BatchBuffer[];
}

export const RELEASED = 0;
export const USERS = 1;
/** State of a slot whose batch could not be made. */
export const FAILED = -1;
export const stateAt = (slot: number): number => 2 + 2 * slot;
export const sizeAt = (slot: number): number => 3 + 2 * slot;

/** Where the batches begin: a cache line of their own. */
const beginOf = (slots: number): number => 64 * Math.ceil((4 * (2 + 2 * slots)) / 64);

export const newRing = (shape: RingShape): Ring => {
  const { slots, batchSize, values } = shape;
  return ringIn(new SharedArrayBuffer(beginOf(slots) + 4 * slots * batchSize * (values + 1)), shape);
};

/** The same ring seen from another thread. */
export function ringIn(memory: SharedArrayBuffer, { slots, batchSize, values }: RingShape): Ring {
  const bytes = 4 * batchSize * (values + 1);
  return {
    memory,
    state: new Int32Array(memory, 0, 2 + 2 * slots),
    buffers: Array.from({ length: slots }, (_unused, slot) => {
      const begin = beginOf(slots) + slot * bytes;
      return {
        pixels: new Float32Array(memory, begin, batchSize * values),
        labels: new Int32Array(memory, begin + 4 * batchSize * values, batchSize),
      };
    }),
  };
}
