import { DASHES, MARKERS, type Look } from "../core/look.js";

/** For methods that bring no look: on white paper, and on a dark page. */
const COLOURS: readonly Pick<Look, "colour" | "dark">[] = [
  { colour: "#b3460e", dark: "#ffa266" },
  { colour: "#0b6e8a", dark: "#57c7e3" },
  { colour: "#8a2f7a", dark: "#e58ed6" },
  { colour: "#5f6b12", dark: "#c3d052" },
  { colour: "#3f4fb8", dark: "#99a7ff" },
  { colour: "#7a4a2b", dark: "#d6a684" },
];

/** A look with a dash and marker that none of the others has, as long as there is one. */
export function spareLook(others: readonly Look[]): Look {
  const all = MARKERS.flatMap((marker) => DASHES.map((dash) => ({ dash, marker })));
  const free = all.filter(({ dash, marker }) => !others.some((one) => one.dash === dash && one.marker === marker));
  const from = free.length > 0 ? free : all;
  return { ...COLOURS[others.length % COLOURS.length]!, ...from[others.length % from.length]! };
}
