/** How many of so many images a share of them is. Whole numbers compare exactly; shares of them carry rounding noise. */
export const imagesOf = (share: number, images: number): number => Math.round(share * images);
