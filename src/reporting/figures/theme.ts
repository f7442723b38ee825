import { isVariant } from "../experiment.js";
import { sha256 } from "../../core/hash.js";
import { DASHES, MARKERS, type Look } from "../../core/look.js";
import { map } from "../../core/tree.js";
import { OPTIMISERS, PAPER_METHODS } from "../../optimisers/index.js";

/** How lines and points of one method are drawn. */
interface MethodStyle {
  /** On white paper, and on a dark page. */
  readonly colour: string;
  readonly dark: string;
  /** Lengths of strokes and gaps, in points; empty for a solid line. */
  readonly dash: readonly number[];
  readonly marker: Look["marker"];
  /** Width of lines, in points. */
  readonly stroke: number;
}

const STROKES: Readonly<Record<Look["dash"], readonly number[]>> = {
  solid: [],
  dashed: [4, 2],
  dotted: [1, 1.6],
  mixed: [5, 1.6, 1, 1.6],
};

const styled = ({ colour, dark, dash, marker, stroke = 1 }: Look): MethodStyle => ({
  colour,
  dark,
  dash: STROKES[dash],
  marker,
  stroke,
});

/** Every method's, from its entry. */
const METHOD_STYLES: Readonly<Record<string, MethodStyle>> = map(({ look }) => styled(look), OPTIMISERS);

/** How a method looks; a variant ("metamd/direct") has its method's colours. What neither the table nor its plan has a look of
 *  gets one that only its name decides. @param look that the plan has of a plug-in's method. */
export function styleOf(method: string, look?: Look): MethodStyle {
  const known = METHOD_STYLES[method] ?? (look && !isVariant(method) ? styled(look) : undefined);
  if (known !== undefined) return known;
  const spread = parseInt(sha256(method).slice(0, 8), 16);
  const { colour, dark } =
    METHOD_STYLES[baseOf(method)] ?? look ?? METHOD_STYLES[PAPER_METHODS[spread % PAPER_METHODS.length]!]!;
  const [dash, marker] = [DASHES[(spread >>> 4) % DASHES.length]!, MARKERS[(spread >>> 8) % MARKERS.length]!];
  return styled({ colour, dark, dash, marker });
}

/** Colours that are no method's. */
export const NEUTRAL = {
  ink: { colour: "#1a1a1a", dark: "#ececec" },
  muted: { colour: "#5c5c5c", dark: "#b0b0b0" },
  grid: { colour: "#e3e3e3", dark: "#383838" },
  paper: { colour: "#ffffff", dark: "#161616" },
} as const;

/** The method that a variant is of; any other id as it is. */
export const baseOf = (id: string): string => id.split("/", 1)[0]!;

/** The CSS custom property that stands for a colour: a page sets it to change the colour; a variant's is its method's. */
export const variableOf = (name: string): string => `--figure-${baseOf(name).replaceAll("_", "-")}`;

/** Every colour of a figure by its custom property. */
const VARIABLES: readonly { readonly name: string; readonly colour: string; readonly dark: string }[] = [
  ...Object.entries(NEUTRAL).map(([name, { colour, dark }]) => ({ name: variableOf(name), colour, dark })),
  ...Object.entries(METHOD_STYLES).map(([name, { colour, dark }]) => ({ name: variableOf(name), colour, dark })),
];

/** Declarations for a page with a light and a dark theme, like "--figure-ink:light-dark(#1a1a1a,#ececec);…".
 *  @param methods that it shows. */
export function themeDeclarations(
  methods: readonly { readonly id: string; readonly look?: Look | undefined }[],
): string {
  const plugged = methods.flatMap(({ id, look }) => (look === undefined ? [] : [{ ...look, name: variableOf(id) }]));
  const all = new Map([...VARIABLES, ...plugged].map((one) => [one.name, one]));
  return [...all.values()].map(({ name, colour, dark }) => `${name}:light-dark(${colour},${dark})`).join(";");
}

/** Printed widths in points, 72 to the inch: 3.3 and 6.9 inches. */
export const WIDTHS = { single: 237.6, double: 496.8 } as const;
export type FigureWidth = keyof typeof WIDTHS;

/** Arial's metrics under a free licence: pages that lack it set the text in Arial or Helvetica, as wide. */
export const FONT_FAMILY = "Arimo, Arial, Helvetica, 'Liberation Sans', sans-serif";
/** In points. */
export const FONT_SIZES = { tick: 7, label: 7.5, title: 8 } as const;
/** Between panels, and from panels to the legend, in points. */
export const GAP = 9;

const { ink, muted, grid } = NEUTRAL;

/** Settings of every Vega-Lite figure; lengths are points. */
export const VEGA_CONFIG = {
  background: "transparent",
  font: FONT_FAMILY,
  padding: 1,
  view: { stroke: grid.colour, strokeWidth: 0.5 },
  concat: { spacing: GAP },
  aria: false,
  axis: {
    labelFont: FONT_FAMILY,
    labelFontSize: FONT_SIZES.tick,
    labelColor: ink.colour,
    labelPadding: 2,
    titleFont: FONT_FAMILY,
    titleFontSize: FONT_SIZES.label,
    titleFontWeight: "normal",
    titleColor: ink.colour,
    titlePadding: 3,
    labelLimit: 0,
    titleLimit: 0,
    gridColor: grid.colour,
    gridWidth: 0.5,
    domainColor: muted.colour,
    domainWidth: 0.6,
    tickColor: muted.colour,
    tickWidth: 0.6,
    tickSize: 2.5,
    labelOverlap: "greedy",
    labelSeparation: 3,
  },
  text: { font: FONT_FAMILY, fontSize: FONT_SIZES.label, fill: ink.colour },
} as const;
