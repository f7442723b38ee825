import { batchBuffer, batches, gatherer } from "../data/batches/batches.js";
import type { Normalisation } from "../data/batches/normalise.js";
import type { Split } from "../data/domain.js";
import type { Batch, Batches } from "./problem.js";

/** Largest chunk of an evaluation; the last one of a split may be smaller. */
const CHUNK = 1000;

/** The mini-batches of a split: reshuffled every epoch, the last partial batch kept.
 *  @param seed the same seed gives the same order for every method. @param only these images; absent: all. */
export function imageBatches(
  split: Split,
  normalisation: Normalisation,
  batchSize: number,
  seed: number,
  only?: Int32Array,
): Batches {
  const count = only?.length ?? split.count;
  const order = batches(count, batchSize, seed);
  const feed = feeder(split, normalisation, batchSize);
  return {
    perEpoch: order.perEpoch,
    sizes: sizesOf(count, batchSize),
    at(t) {
      const { indices } = order.batchAt(t - 1);
      return feed(only === undefined ? indices : indices.map((place) => only[place]!));
    },
  };
}

/** A whole split in order, in chunks, for evaluation. */
export function* imageChunks(split: Split, normalisation: Normalisation): Generator<Batch> {
  const feed = feeder(split, normalisation, CHUNK);
  for (let start = 0; start < split.count; start += CHUNK) {
    const size = Math.min(CHUNK, split.count - start);
    yield feed(Int32Array.from({ length: size }, (_, i) => start + i));
  }
}

/** The chunk sizes that n images are evaluated in. */
export const chunkSizes = (n: number): number[] => sizesOf(n, CHUNK);

/** Full batches, and the partial one where n does not divide evenly. */
function sizesOf(n: number, size: number): number[] {
  return [...(n >= size ? [size] : []), ...(n % size > 0 ? [n % size] : [])];
}

function feeder(split: Split, normalisation: Normalisation, largest: number): (indices: Int32Array) => Batch {
  const gather = gatherer(split, normalisation);
  const buffer = batchBuffer(split, largest);
  const pixels = buffer.pixels.length / largest;
  return (indices) => {
    gather(indices, buffer);
    const size = indices.length;
    const images = buffer.pixels.subarray(0, size * pixels);
    return { size, feeds: { images, labels: buffer.labels.subarray(0, size) } };
  };
}
