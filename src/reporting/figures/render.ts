import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { Drawing } from "./figure.js";
import { textWidth } from "./font.js";
import { specOf, withMethods } from "./layout.js";
import { withPowers } from "./powers.js";
import { escapeXml } from "./xml.js";
import { FONT_FAMILY, NEUTRAL, styleOf, variableOf, WIDTHS, type FigureWidth } from "./theme.js";

/** A rendered figure. Lengths are points. */
export interface Rendered {
  readonly svg: string;
  /** Colours as plain values: for renderers that know no custom properties. */
  readonly plainSvg: string;
  readonly width: number;
  readonly height: number;
}

/** Points that a figure may be narrower than its printed width, and how often that is tried. */
const SLACK = 2;
const TRIES = 4;

/** Draws a figure as SVG of its printed width. The same drawing gives the same bytes.
 *  Colours are attributes, and rules of a style element that take a page's custom properties where it sets them.
 *  @param id decides the ids inside, which differ from those of other figures. */
export async function render(drawing: Drawing, id: string, width: FigureWidth): Promise<Rendered> {
  const target = WIDTHS[width];
  const across = Math.min(drawing.columns[width], drawing.panels.length);
  let panelWidth = Math.floor(target / across - 30);
  let drawn = await draw(drawing, width, panelWidth);
  // What axes need beside the panels changes a little with their size.
  for (let tries = 0; tries < TRIES && (drawn.width > target || target - drawn.width > SLACK); tries++) {
    panelWidth += (target - SLACK / 2 - drawn.width) / across;
    drawn = await draw(drawing, width, panelWidth);
  }
  const body = drawn.svg.replace(/^<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
  const { height } = drawn;
  const open =
    `<svg xmlns="http://www.w3.org/2000/svg" id="${id}" role="img" aria-labelledby="${id}-title ${id}-desc" ` +
    `width="${inches(target)}in" height="${inches(height)}in" viewBox="0 0 ${target} ${height}" font-family="${FONT_FAMILY}">` +
    `<title id="${id}-title">${escapeXml(drawing.title)}</title><desc id="${id}-desc">${escapeXml(drawing.alt)}</desc>`;
  const tidy = withMethods(tidied(body, id), drawing.legend);
  return {
    svg: `${open}<style>${rules(id, drawing)}</style>${tidy}</svg>\n`,
    plainSvg: `${open}${tidy}</svg>\n`,
    width: target,
    height,
  };
}

/** What Vega asks for the widths of texts; its types leave it out. */
interface TextMetrics {
  width: (item: { readonly fontSize?: number; readonly fontWeight?: unknown }, text: unknown) => number;
}

async function draw(
  drawing: Drawing,
  width: FigureWidth,
  panelWidth: number,
): Promise<{ svg: string; width: number; height: number }> {
  vega.resetSVGDefIds();
  const { textMetrics } = vega as unknown as { textMetrics: TextMetrics };
  textMetrics.width = ({ fontSize = 11, fontWeight }, text) =>
    textWidth(withPowers(String(text)), fontSize, fontWeight === "bold");
  const { spec } = compile(specOf(drawing, width, panelWidth) as unknown as TopLevelSpec, {
    logger: vega.logger(vega.Error),
  });
  const view = new vega.View(vega.parse(spec), { renderer: "none", logLevel: vega.Error });
  try {
    const svg = await view.toSVG();
    const size = /^<svg[^>]*viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!;
    return { svg, width: Number(size[1]), height: Number(size[2]) };
  } finally {
    view.finalize();
  }
}

/** Attributes and paths that change nothing on the picture. */
const SUPERFLUOUS = [
  /<path class="(?:background|foreground)"[^>]*d="(?:M0,0h0v0h0Z)?"[^>]*\/>/g,
  /<path class="background" aria-hidden="true" d="[^"]*"\/>/g,
  / (?:class|role|aria-roledescription|pointer-events|stroke-miterlimit)="[^"]*"/g,
  / (?:opacity|fill-opacity|stroke-opacity)="1"/g,
  / font-family="[^"]*"/g,
];

/** Short numbers, ids of this figure's own, and what hovering says as titles. */
function tidied(body: string, id: string): string {
  return SUPERFLUOUS.reduce((text, what) => text.replaceAll(what, ""), body)
    .replaceAll(/\b(d|transform|x|y|x1|x2|y1|y2|width|height)="([^"]*)"/g, (_all, name: string, value: string) => {
      const short = value.replaceAll(/-?\d+\.\d{3,}(?:e-\d+)?/g, (number) => String(Number(Number(number).toFixed(2))));
      return `${name}="${short}"`;
    })
    .replaceAll(/>([^<]+)<\/text>/g, (_all, text: string) => `>${withPowers(text)}</text>`)
    .replaceAll(/(id="|url\(#|href="#)(clip|gradient)/g, `$1${id}-$2`)
    .replaceAll(/<path aria-label="([^"]*)"([^>]*?)\/?>(?:<\/path>)?/g, "<path$2><title>$1</title></path>");
}

/** A rule for every colour: the page's custom property, where it has one. */
function rules(id: string, { legend }: Drawing): string {
  const colours = [
    ...Object.entries(NEUTRAL).map(([name, { colour }]) => ({ name: variableOf(name), colour })),
    ...legend.map(({ method, look }) => ({ name: variableOf(method), colour: styleOf(method, look).colour })),
  ];
  const all = colours.flatMap(({ name, colour }) =>
    ["fill", "stroke"].map((what) => `#${id} [${what}="${colour}"]{${what}:var(${name},${colour})}`),
  );
  return [...new Set(all)].join("");
}

const inches = (points: number): string => String(Number((points / 72).toFixed(4)));
