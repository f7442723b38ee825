import { createHash } from "node:crypto";

/** A uniform random number generator on [0, 1) with 32 bits of resolution. */
export type Uniform = () => number;

const mix = (value: number): number => {
  let h = value;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
};

/** The numbered random stream sfc32(seed, domain, split, index) that data and splits are defined by.
 *  @param seed any integer; @param domain, split, index non-negative integers.
 *  Source: datasets specification, section 12 (normative: golden hashes depend on it). */
export function stream(seed: number, domain: number, split: number, index: number): Uniform {
  let a = mix(seed | 0);
  let b = mix(0x51ed270b ^ (domain * 4 + split));
  let c = mix(index);
  let d = 1;
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 15; i++) next();
  return () => next() / 4294967296;
}

/** A random stream of its own for every purpose: `namedStream(seed, "batches", epoch)`.
 *  Streams of different names are independent; the same names give the same numbers on every machine. */
export function namedStream(seed: number, ...names: (string | number)[]): Uniform {
  const digest = createHash("sha256")
    .update(JSON.stringify([seed, ...names]))
    .digest();
  return stream(digest.readInt32LE(0), digest.readUInt16LE(4), digest.readUInt16LE(6) % 4, digest.readInt32LE(8));
}

/** A 32-bit seed of its own for every purpose: `derivedSeed(0, "trial", 2)`. What must be paired (the weights and batches
 *  of one trial for all methods) has the same purpose. */
export const derivedSeed = (seed: number, ...purpose: (string | number)[]): number =>
  Math.floor(namedStream(seed, ...purpose)() * 4294967296);

/** Standard normal numbers from a uniform stream (Box-Muller, both values used). */
export function normal(uniform: Uniform): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** Fisher-Yates permutation of 0..n-1, `for i = n-1..1: j = floor(u * (i + 1))`. */
export function permutation(n: number, uniform: Uniform): Int32Array<ArrayBuffer> {
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}
