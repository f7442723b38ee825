/** The six rotations of the rotated digits, in degrees; domain k is turned by 15k. */
export const ANGLES = [0, 15, 30, 45, 60, 75] as const;

/** Cosine and sine of `ANGLES`, rounded to 15 decimals so that every machine makes the same bytes.
 *  Source: Pillow's `Image.rotate` rounds so (hence 45 degrees: unequal last digits). */
export const COSINES = [1, 0.965925826289068, 0.866025403784439, 0.707106781186548, 0.5, 0.258819045102521] as const;
export const SINES = [0, 0.258819045102521, 0.5, 0.707106781186547, 0.866025403784439, 0.965925826289068] as const;
