import { sha256 } from "../../core/hash.js";

/** How one method looks everywhere: colour, dash and marker, so that no reader depends on colour. */
export interface MethodStyle {
  /** On white paper, and on a dark page. */
  readonly colour: string;
  readonly dark: string;
  /** Lengths of strokes and gaps, in points; empty for a solid line. */
  readonly dash: readonly number[];
  readonly marker: Marker;
  /** Width of lines, in points. */
  readonly stroke: number;
}

const MARKERS = ["circle", "square", "triangle-up", "diamond", "triangle-down", "triangle-right"] as const;
type Marker = (typeof MARKERS)[number];

const SOLID: readonly number[] = [];
const DASHED = [4, 2] as const;
const DOTTED = [1, 1.6] as const;
const MIXED = [5, 1.6, 1, 1.6] as const;
const DASHES = [SOLID, DASHED, DOTTED, MIXED];

const styled = (colour: string, dark: string, dash: readonly number[], marker: Marker, stroke = 1): MethodStyle => ({
  ...{ colour, dark, dash, marker, stroke },
});

/** Colours were searched in OKLab for the largest distances between the methods that one experiment compares, also under
 *  deuteranopia, protanopia and tritanopia, with a contrast of at least 3 to the paper; no two methods share dash and
 *  marker.
 *  @internal Exported for tests. */
export const METHOD_STYLES: Readonly<Record<string, MethodStyle>> = {
  sgd: styled("#383838", "#6f6f6f", DASHED, "square"),
  sgd_momentum: styled("#0c33a0", "#3666d5", SOLID, "square"),
  adam: styled("#199d78", "#81fcb4", SOLID, "triangle-up"),
  adamw: styled("#c074ae", "#f3669a", DASHED, "triangle-up"),
  rmsprop: styled("#b3222b", "#cba08a", MIXED, "triangle-up"),
  kfac: styled("#6c3271", "#a17adf", SOLID, "diamond"),
  l2o: styled("#8f85d7", "#dec6ee", DOTTED, "diamond"),
  meta_sgd: styled("#176d8b", "#cae2ee", DASHED, "diamond"),
  meta_curvature: styled("#5a0962", "#9f40a8", MIXED, "diamond"),
  aruba: styled("#525001", "#a8a405", SOLID, "triangle-down"),
  aruba_plus: styled("#804156", "#d777c2", DASHED, "triangle-down"),
  power_sign: styled("#846eea", "#a7b3f1", DOTTED, "triangle-down"),
  add_sign: styled("#cf4042", "#c03809", MIXED, "triangle-down"),
  metamd: styled("#d37812", "#ffc84b", SOLID, "circle", 1.6),
  metamd_short: styled("#7f686a", "#dc532d", DASHED, "circle"),
  metamd_momentum: styled("#6349c1", "#8694fa", DOTTED, "circle"),
};

/** How a method looks; a variant ("metamd/direct") has its method's colours. What else the table does not have gets a look
 *  that only its name decides. */
export function styleOf(method: string): MethodStyle {
  const known = METHOD_STYLES[method];
  if (known !== undefined) return known;
  const spread = parseInt(sha256(method).slice(0, 8), 16);
  const { colour, dark } =
    METHOD_STYLES[baseOf(method)] ?? Object.values(METHOD_STYLES)[spread % Object.keys(METHOD_STYLES).length]!;
  return styled(colour, dark, DASHES[(spread >>> 4) % DASHES.length]!, MARKERS[(spread >>> 8) % MARKERS.length]!);
}

/** Colours that are no method's. */
export const NEUTRAL = {
  ink: { colour: "#1a1a1a", dark: "#ececec" },
  muted: { colour: "#5c5c5c", dark: "#b0b0b0" },
  grid: { colour: "#e3e3e3", dark: "#383838" },
  paper: { colour: "#ffffff", dark: "#161616" },
} as const;

/** Whether an id is that of a variant of a method, like "metamd/direct". */
export const isVariant = (id: string): boolean => id.includes("/");

/** The method that a variant is of; any other id as it is. */
export const baseOf = (id: string): string => id.split("/", 1)[0]!;

/** The CSS custom property that stands for a colour: a page sets it to change the colour; a variant's is its method's. */
export const variableOf = (name: string): string => `--figure-${baseOf(name).replaceAll("_", "-")}`;

/** Every colour of a figure by its custom property. */
const VARIABLES: readonly { readonly name: string; readonly colour: string; readonly dark: string }[] = [
  ...Object.entries(NEUTRAL).map(([name, { colour, dark }]) => ({ name: variableOf(name), colour, dark })),
  ...Object.entries(METHOD_STYLES).map(([name, { colour, dark }]) => ({ name: variableOf(name), colour, dark })),
];

/** Declarations for a page with a light and a dark theme, like "--figure-ink:light-dark(#1a1a1a,#ececec);…". */
export const themeDeclarations = (): string =>
  VARIABLES.map(({ name, colour, dark }) => `${name}:light-dark(${colour},${dark})`).join(";");

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
    ...{ labelFont: FONT_FAMILY, labelFontSize: FONT_SIZES.tick, labelColor: ink.colour, labelPadding: 2 },
    ...{ titleFont: FONT_FAMILY, titleFontSize: FONT_SIZES.label, titleFontWeight: "normal", titleColor: ink.colour },
    ...{ titlePadding: 3, labelLimit: 0, titleLimit: 0 },
    ...{ gridColor: grid.colour, gridWidth: 0.5, domainColor: muted.colour, domainWidth: 0.6 },
    ...{ tickColor: muted.colour, tickWidth: 0.6, tickSize: 2.5, labelOverlap: "greedy", labelSeparation: 3 },
  },
  title: {
    ...{ font: FONT_FAMILY, fontSize: FONT_SIZES.label, fontWeight: "bold", color: ink.colour, offset: 3 },
    ...{ anchor: "middle", frame: "group", limit: 0 },
  },
  text: { font: FONT_FAMILY, fontSize: FONT_SIZES.label, fill: ink.colour },
} as const;
