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
