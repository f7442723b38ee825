/** Luma of pixels in red, green and blue: (19595R + 38470G + 7471B + 2¹⁵) >> 16.
 *  Source: Rec. 601, bit-equal to Pillow's `convert("L")`. */
export function grey(pixels: Uint8Array): Uint8Array {
  const out = new Uint8Array(pixels.length / 3);
  for (let i = 0, at = 0; i < out.length; i++, at += 3)
    out[i] = (19595 * pixels[at]! + 38470 * pixels[at + 1]! + 7471 * pixels[at + 2]! + 32768) >> 16;
  return out;
}

/** Grey pixels as red, green and blue. */
export function inColour(pixels: Uint8Array): Uint8Array {
  const out = new Uint8Array(3 * pixels.length);
  for (let i = 0; i < pixels.length; i++) out.fill(pixels[i]!, 3 * i, 3 * i + 3);
  return out;
}
