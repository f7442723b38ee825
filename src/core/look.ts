import { z } from "zod";

export const DASHES = ["solid", "dashed", "dotted", "mixed"] as const;
export const MARKERS = ["circle", "square", "triangle-up", "diamond", "triangle-down", "triangle-right"] as const;

const colour = z.string().regex(/^#[0-9a-f]{6}$/, "a colour like #7812dd");

/** How a method looks in every figure, so that no reader depends on colour: no two methods of the program share dash and
 *  marker. Colours were searched in OKLab for the largest distances between the methods that one experiment compares, also
 *  under deuteranopia, protanopia and tritanopia, with a contrast of at least 3 to the paper. */
export const look = z.strictObject({
  /** On white paper, and on a dark page. */
  colour,
  dark: colour,
  dash: z.enum(DASHES, DASHES.join(", ")),
  marker: z.enum(MARKERS, MARKERS.join(", ")),
  /** Width of lines, in points; absent: 1. */
  stroke: z.number("a width in points").positive("a width in points").optional(),
});
export type Look = Readonly<z.output<typeof look>>;
