/** Rewrites images of three planes (all reds, all greens, all blues) in place as rows of pixels.
 *  @param images bytes of any number of square images. @param side in pixels.
 *  @param order of the bytes in a plane: row by row, or column by column.
 *  @returns the same bytes. */
export function interleave(images: Uint8Array, side: number, order: "rows" | "columns"): Uint8Array {
  const plane = side * side;
  const image = new Uint8Array(3 * plane);
  const [alongRow, alongColumn] = order === "rows" ? [1, side] : [side, 1];
  for (let base = 0; base < images.length; base += image.length) {
    image.set(images.subarray(base, base + image.length));
    for (let y = 0, at = base; y < side; y++)
      for (let x = 0; x < side; x++) {
        const source = y * alongColumn + x * alongRow;
        images[at++] = image[source]!;
        images[at++] = image[source + plane]!;
        images[at++] = image[source + 2 * plane]!;
      }
  }
  return images;
}

/** The reverse of `interleave`, into new bytes. */
export function separate(images: Uint8Array, side: number, order: "rows" | "columns"): Uint8Array {
  const plane = side * side;
  const out = new Uint8Array(images.length);
  const [alongRow, alongColumn] = order === "rows" ? [1, side] : [side, 1];
  for (let base = 0; base < images.length; base += 3 * plane)
    for (let y = 0, at = base; y < side; y++)
      for (let x = 0; x < side; x++) {
        const target = base + y * alongColumn + x * alongRow;
        out[target] = images[at++]!;
        out[target + plane] = images[at++]!;
        out[target + 2 * plane] = images[at++]!;
      }
  return out;
}
