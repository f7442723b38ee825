import { permutation, stream } from "../core/rng.js";

/** First number of the class streams: class k is shuffled by stream(0, 1000 + k, 0, 0). */
const CLASS_DOMAIN = 1000;
const POOL_DOMAIN = 999;
/** Validation where none is official: one image in ten of every class. */
export const HOLD_OUT = 10;
/** The held-out share of the DomainBed partition: one image in five. */
const DOMAINBED_HOLD_OUT = 5;

/** Which MNIST images a rotated domain shows: all in every domain, each in one only, or DomainBed's pooled sixths. */
export const PARTITIONS = ["shared", "strict", "domainbed"] as const;
export type Partition = (typeof PARTITIONS)[number];

/** For every class, its images in the seeded order that all splits are cut from.
 *  @param labels class of every image. @param classes number of classes.
 *  @returns per class, image indices: ascending, then shuffled by stream(0, 1000 + class, 0, 0). */
export function classOrders(labels: ArrayLike<number>, classes: number): Int32Array[] {
  const members = Array.from({ length: classes }, (): number[] => []);
  for (let i = 0; i < labels.length; i++) members[labels[i]!]!.push(i);
  return members.map((own, k) =>
    permutation(own.length, stream(0, CLASS_DOMAIN + k, 0, 0)).map((place) => own[place]!),
  );
}

/** How many of every class are held out: one in ten; where no class has ten, one of every class that has two.
 *  @param images of every class. */
export function heldOutOf(images: readonly number[]): number[] {
  const tenths = images.map((count) => Math.floor(count / HOLD_OUT));
  return tenths.some((count) => count > 0) ? tenths : images.map((count) => (count > 1 ? 1 : 0));
}

/** Cuts a validation split where none is official: of every class the first in seeded order, as many as `heldOutOf` says.
 *  @param orders as `classOrders` gives them. @returns both parts, per class, in the same order. */
export function holdOut(orders: readonly Int32Array[]): { train: Int32Array[]; validation: Int32Array[] } {
  const counts = heldOutOf(orders.map(({ length }) => length));
  return {
    train: orders.map((order, k) => order.subarray(counts[k]!)),
    validation: orders.map((order, k) => order.subarray(0, counts[k]!)),
  };
}

/** Draws the first `limit` images class by class in turn (class 0, 1, …, 0, 1, …), so that counts differ by one at
 *  most while no class runs out. A smaller draw is the beginning of a larger one.
 *  @param orders per class, images in seeded order.
 *  @param limit how many at most; undefined, or no fewer than there are: all, in ascending order. */
export function draw(orders: readonly Int32Array[], limit: number | undefined): Int32Array {
  const total = orders.reduce((sum, order) => sum + order.length, 0);
  const drawn = new Int32Array(Math.min(limit ?? total, total));
  if (drawn.length === total) {
    let filled = 0;
    for (const order of orders) {
      drawn.set(order, filled);
      filled += order.length;
    }
    return drawn.sort();
  }
  for (let turn = 0, filled = 0; filled < drawn.length; turn++)
    for (const order of orders) if (turn < order.length && filled < drawn.length) drawn[filled++] = order[turn]!;
  return drawn;
}

/** The strict partition: image i belongs to domain i mod `domains`. */
export function everyNth(count: number, domain: number, domains: number): Int32Array {
  return Int32Array.from({ length: Math.ceil((count - domain) / domains) }, (_unused, i) => domain + i * domains);
}

/** The DomainBed partition: all images pooled, shuffled by stream(0, 999, 0, 0), every sixth from the domain's number
 *  on; the first fifth of them is the test split.
 *  @param pooled number of train and test images together, train first.
 *  Source: facebookresearch/DomainBed `domainbed/datasets.py`. Divergence: its shuffle is unseeded. */
export function domainbed(pooled: number, domain: number, domains: number): { train: Int32Array; test: Int32Array } {
  const order = permutation(pooled, stream(0, POOL_DOMAIN, 0, 0));
  const own = everyNth(pooled, domain, domains).map((place) => order[place]!);
  const cut = Math.floor(own.length / DOMAINBED_HOLD_OUT);
  return { train: own.subarray(cut), test: own.subarray(0, cut) };
}
