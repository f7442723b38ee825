/** How many of so many images a share of them is. Whole numbers compare exactly; shares of them carry rounding noise. */
export const imagesOf = (share: number, images: number): number => Math.round(share * images);

/** Most parts of a whole; sums of thousands of such counts are exact. */
const MOST_PARTS = 2 ** 40;

/** The fewest equal parts of a whole in which shares of all these numbers of images are whole numbers; undefined where one is
 *  not known, or they are too many to count exactly. */
export function commonParts(images: readonly (number | undefined)[]): number | undefined {
  let parts = 1;
  for (const one of images) {
    if (one === undefined) return undefined;
    parts *= one / commonDivisor(parts, one);
    if (parts > MOST_PARTS) return undefined;
  }
  return parts;
}

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));
