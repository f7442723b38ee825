import type { Uniform } from "../core/rng.js";

/** A place in the unit square. */
export type Place = readonly [number, number];

const BITS = 32;

/** Direction numbers of the first two dimensions, highest bit first: van der Corput's, and those of x + 1 with m₁ = 1,
 *  m_k = 2 m_{k−1} xor m_{k−1}. Source: Joe & Kuo 2008, as in torch.quasirandom.SobolEngine. */
function directions(): [number[], number[]] {
  const first: number[] = [];
  const second: number[] = [];
  let m = 1;
  for (let k = 0; k < BITS; k++) {
    first.push((1 << (BITS - 1 - k)) >>> 0);
    second.push((m << (BITS - 1 - k)) >>> 0);
    m = ((m << 1) ^ m) >>> 0;
  }
  return [first, second];
}

/** The first points of the two-dimensional Sobol sequence, in Gray code order.
 *  @param scramble a stream of its own scrambles them: a random lower triangular matrix of bits with ones on its diagonal
 *  per dimension, then a digital shift (Matoušek 1998, as torch does it); without it, the sequence begins at (0, 0). */
export function sobol(count: number, scramble?: Uniform): Place[] {
  const tables = directions().map((table) => (scramble === undefined ? table : multiplied(table, scramble)));
  const state = tables.map(() => (scramble === undefined ? 0 : word(scramble)));
  return Array.from({ length: count }, (_, n): Place => {
    if (n > 0) {
      const bit = 31 - Math.clz32(n & -n);
      tables.forEach((table, d) => (state[d] = (state[d]! ^ table[bit]!) >>> 0));
    }
    return [state[0]! / 2 ** BITS, state[1]! / 2 ** BITS];
  });
}

/** Every direction number, as a column of bits, times one random lower triangular matrix. */
function multiplied(table: readonly number[], uniform: Uniform): number[] {
  const rows = Array.from({ length: BITS }, (_, i) => {
    const diagonal = (1 << (BITS - 1 - i)) >>> 0;
    const above = i === 0 ? 0 : (-1 << (BITS - i)) >>> 0;
    return ((word(uniform) & above) | diagonal) >>> 0;
  });
  return table.map((column) => rows.reduce((bits, row) => ((bits << 1) | parity(row & column)) >>> 0, 0));
}

const word = (uniform: Uniform): number => Math.floor(uniform() * 2 ** BITS);

function parity(bits: number): number {
  let folded = bits;
  for (const by of [16, 8, 4, 2, 1]) folded ^= folded >>> by;
  return folded & 1;
}
