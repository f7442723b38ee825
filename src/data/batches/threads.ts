import { bytesOf } from "../images/shape.js";
import { lastOf, type BatchRecipe } from "./recipe.js";
import { newRing, RELEASED, sizeAt, stateAt, USERS, type Ring, type RingShape } from "./ring.js";
import { madeOnDemand, type BatchSource } from "./source.js";
import { startThread, type Thread, type ThreadOptions } from "./start-thread.js";

/** Threads that prepare batches ahead of the steps that use them; all runs of a process share them. */
export interface BatchThreads {
  /** Threads that are running: they start with the first batch. */
  readonly running: number;
  /** The batches of a recipe, prepared in order from the first one that is asked for; one out of order is made on demand.
   *  `at` throws what went wrong in a thread, and that a thread ended. */
  open(recipe: BatchRecipe): BatchSource;
  /** Ends the threads. */
  close(): Promise<void>;
}

/** Batches that a thread is ahead: enough to bridge the moments in which it is not scheduled, in so many bytes. */
const AHEAD = { least: 2, most: 8, bytes: 32 * 2 ** 20 };
/** Rings of closed runs that wait for the next run of the same shape. */
const KEPT_RINGS = 3;

/** @param count of threads, ≥ 1. */
export function batchThreads(count: number, options: ThreadOptions = {}): BatchThreads {
  const threads: Thread[] = [];
  const rings = restingRings();
  let jobs = 0;

  const crew = (): Thread[] => {
    for (const ended of threads.filter(({ alive }) => !alive)) threads.splice(threads.indexOf(ended), 1);
    while (threads.length < count) threads.push(startThread(options));
    return [...threads];
  };
  return {
    get running() {
      return threads.filter(({ alive }) => alive).length;
    },
    open: (recipe) => aheadInOrder(recipe, (first) => preparedBy(crew(), rings, jobs++, recipe, first)),
    close: async () => void (await Promise.all(threads.splice(0).map(({ end }) => end()))),
  };
}

/** Rings that closed runs left. */
interface RestingRings {
  /** A ring that no thread writes any more, or a new one. */
  take(shape: RingShape): Ring;
  keep(shape: RingShape, ring: Ring): void;
}

function restingRings(): RestingRings {
  const resting: { readonly key: string; readonly ring: Ring }[] = [];
  return {
    take(shape) {
      const key = JSON.stringify(shape);
      const at = resting.findIndex((held) => held.key === key && Atomics.load(held.ring.state, USERS) === 0);
      const ring = at < 0 ? newRing(shape) : resting.splice(at, 1)[0]!.ring;
      ring.state.fill(0);
      return ring;
    },
    keep(shape, ring) {
      resting.push({ key: JSON.stringify(shape), ring });
      if (resting.length > KEPT_RINGS) resting.shift();
    },
  };
}

/** A ring for so many threads, each as far ahead as the memory allows. */
function shapeFor({ batchSize, split }: BatchRecipe, threads: number): RingShape {
  const values = bytesOf(split.shape);
  const affordable = Math.floor(AHEAD.bytes / (4 * batchSize * values));
  const ahead = Math.min(AHEAD.most, Math.max(AHEAD.least, affordable));
  return { slots: 1 + ahead * threads, batchSize, values };
}

/** Has threads prepare the batches from step `first` on, each every so many of them. */
function preparedBy(
  threads: readonly Thread[],
  rings: RestingRings,
  job: number,
  recipe: BatchRecipe,
  first: number,
): BatchSource {
  const shape = shapeFor(recipe, threads.length);
  const ring = rings.take(shape);
  const { state, buffers } = ring;
  Atomics.store(state, USERS, threads.length);
  threads.forEach((thread, begin) => {
    thread.tell({ kind: "open", job, recipe, ring: ring.memory, shape, first, begin, every: threads.length });
  });
  return {
    at(t) {
      const index = t - first;
      const slot = index % shape.slots;
      Atomics.store(state, RELEASED, index);
      for (const { wake } of threads) wake();
      threads[index % threads.length]!.await(state, stateAt(slot), index + 1, job);
      return { size: state[sizeAt(slot)]!, ...buffers[slot]! };
    },
    close() {
      for (const { tell } of threads) tell({ kind: "close", job });
      rings.keep(shape, ring);
    },
  };
}

/** Batches prepared ahead while they are asked for in order, and made on demand otherwise. */
function aheadInOrder(recipe: BatchRecipe, begin: (first: number) => BatchSource): BatchSource {
  const onDemand = madeOnDemand(recipe);
  const last = lastOf(recipe);
  let ahead: { readonly source: BatchSource; next: number } | undefined;
  let previous: number | undefined;
  const close = (): void => {
    ahead?.source.close();
    ahead = undefined;
  };
  return {
    at(t) {
      const inOrder = (previous === undefined || t === previous + 1) && t <= last;
      previous = t;
      if (ahead?.next !== t) {
        if (!inOrder) return onDemand.at(t);
        close();
        ahead = { source: begin(t), next: t };
      }
      ahead.next++;
      return ahead.source.at(t);
    },
    close() {
      close();
      onDemand.close();
      previous = undefined;
    },
  };
}
