/** Pixels that `scripts/golden/other-forms.py` draws: of image n, (37n + 5y + 3x + 11c) mod 256.
 *  @param first its first number. */
export function drawn(first: number, count: number, side: number, channels: number): Uint8Array {
  const out = new Uint8Array(count * side * side * channels);
  let at = 0;
  for (let n = first; n < first + count; n++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++)
        for (let c = 0; c < channels; c++) out[at++] = (37 * n + 5 * y + 3 * x + 11 * c) & 255;
  return out;
}

/** Their classes. */
export const classesOf = (first: number, count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_unused, i) => (first + i) % 10);
