import type { Look as Shape } from "../../core/look.js";
import { counted } from "../../core/wording.js";
import { groupBy } from "../../core/group.js";
import type { Plan } from "../../records/plan.js";
import type { TriedPoint } from "../tuning-trace.js";
import { domainName, percent, short } from "./figure-texts.js";
import { textWidth } from "./font.js";
import { TICK, type ValueAxis } from "./parallel-axes.js";
import { FONT_FAMILY, FONT_SIZES, GAP, NEUTRAL, styleOf, variableOf, WIDTHS, type FigureWidth } from "./theme.js";
import { escapeXml } from "./xml.js";

/** Of a panel, in points: its headings, the height of its axes, and beside their labels. */
export const PANEL = { heading: 24, height: 112, beside: 6 } as const;
/** How much wider the text is where a page has none of the fonts. */
export const WIDER = 1.2;
/** Length of a line in the legend, gap to its name, gap between entries, height of a row; points. */
const LEGEND = { line: 17, gap: 3, between: 9, row: 12 } as const;
/** Points by which the lines of all methods are set apart where they share their values. */
const APART = 7;
const COLUMNS = { single: 1, double: 2 } as const;

/** Colour, dash and place of a method. */
export interface Look {
  readonly id: string;
  readonly name: string;
  readonly colour: string;
  readonly dash: string;
  readonly marker: Shape["marker"];
  /** Points below where its values are. */
  readonly shift: number;
}

/** A point and its place among all that were tried, by which a page leads to its runs. */
export interface PlacedPoint extends TriedPoint {
  readonly place: number;
}

/** How the points of a data set are drawn. */
interface SearchPanel {
  /** What the whole is called, like "Points that tuning tried in quickstart". */
  readonly title: string;
  /** Points below the axes. */
  readonly foot: number;
  /** What stands before a method's name in the legend. @param middle of the line's length. */
  key(look: Look, middle: number, y: number): string;
  /** Everything below a panel's title; 0 is the head of its axes. */
  draw(points: readonly PlacedPoint[], looks: readonly Look[], wide: number): string;
}

/** The points of an experiment's searches: a panel per dataset, and the methods' names below. What is a method's is a group
 *  of the drawing.
 *  @param id decides the ids inside, which differ from those of other figures.
 *  @returns an SVG of its printed width, and what it says to those who do not see it. */
export function drawSearches(
  plan: Plan,
  tried: readonly TriedPoint[],
  id: string,
  width: FigureWidth,
  { title, foot, key, draw }: SearchPanel,
): { svg: string; alt: string } {
  const looks = looksOf(plan, tried);
  const placed = tried.map((point, place) => ({ ...point, place }));
  const byHoldout = [...groupBy(placed, ({ holdout }) => holdout)];
  const across = Math.min(COLUMNS[width], byHoldout.length);
  const wide = (WIDTHS[width] - (across - 1) * 2 * GAP) / across;
  const high = PANEL.heading + PANEL.height + foot;
  const panels = byHoldout.map(([holdout, points], i) => {
    const [x, y] = [(i % across) * (wide + 2 * GAP), Math.floor(i / across) * (high + GAP)];
    const heading = text(wide / 2, 8, domainName(holdout), { size: FONT_SIZES.label, anchor: "middle", bold: true });
    const below = `<g transform="translate(0 ${PANEL.heading})">${draw(points, looks, wide)}</g>`;
    return `<g transform="translate(${tidy(x)} ${tidy(y)})">${heading}${below}</g>`;
  });
  const below = Math.ceil(byHoldout.length / across) * (high + GAP);
  const legend = legendOf(looks, WIDTHS[width], below, key);
  const alt = `${byHoldout.map(([holdout, points]) => said(holdout, points)).join("; ")}.`;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" id="${id}" role="img" aria-labelledby="${id}-title ${id}-desc" ` +
    `viewBox="0 0 ${WIDTHS[width]} ${below + legend.height}" font-family="${FONT_FAMILY}">` +
    `<title id="${id}-title">${escapeXml(title)}</title><desc id="${id}-desc">${escapeXml(alt)}</desc>` +
    `${panels.join("")}${legend.svg}</svg>`;
  return { svg, alt };
}

function looksOf({ methods }: Plan, tried: readonly TriedPoint[]): Look[] {
  const shown = methods.filter(({ id }) => tried.some(({ method }) => method === id));
  const step = Math.min(1.5, APART / shown.length);
  return shown.map(({ id, title, look }, i) => {
    const { colour, dash, marker } = styleOf(id, look);
    return {
      id,
      name: title,
      colour: `var(${variableOf(id)},${colour})`,
      dash: dash.join(" "),
      marker,
      shift: (i - (shown.length - 1) / 2) * step,
    };
  });
}

/** What hovering over a point says. */
export function saysOf({ name }: Look, { point, accuracy, diverged, runs, winner }: TriedPoint): string {
  const { learningRate, weightDecay } = point;
  const lost = diverged === 0 ? "" : `, ${diverged} of ${counted(runs.length, "run")} diverged`;
  return escapeXml(
    `${name}, learning rate ${short(learningRate)}, weight decay ${short(weightDecay)}: ${percent(accuracy)}${lost}${winner ? ", chosen" : ""}`,
  );
}

/** What the longest label beside an axis needs. */
export const besides = ({ ticks }: ValueAxis): number =>
  PANEL.beside + WIDER * Math.max(...ticks.map(({ label }) => textWidth(label, TICK.size)));

/** The names of the methods, in as many rows as they need. */
function legendOf(
  looks: readonly Look[],
  width: number,
  top: number,
  key: SearchPanel["key"],
): { svg: string; height: number } {
  let [left, row] = [0, 0];
  const entries = looks.map((look) => {
    const { id, name } = look;
    const wide = LEGEND.line + LEGEND.gap + textWidth(name, FONT_SIZES.label);
    if (left > 0 && left + wide > width) [left, row] = [0, row + 1];
    const [x, y] = [left, top + (row + 0.5) * LEGEND.row];
    left += wide + LEGEND.between;
    return (
      key(look, x + LEGEND.line / 2, y) +
      `<text data-name="${escapeXml(id)}" x="${tidy(x + LEGEND.line + LEGEND.gap)}" y="${tidy(y + 2.6)}" font-size="${FONT_SIZES.label}" style="fill:${ink("ink")}">${escapeXml(name)}</text>`
    );
  });
  return { svg: entries.join(""), height: (row + 1) * LEGEND.row };
}

/** A line of text in the ink of the page. */
export function text(
  x: number,
  y: number,
  words: string,
  { size, anchor, bold = false }: { size: number; anchor: string; bold?: boolean },
): string {
  const weight = bold ? ' font-weight="bold"' : "";
  return `<text x="${tidy(x)}" y="${tidy(y)}" font-size="${size}" text-anchor="${anchor}"${weight} style="fill:${ink("ink")}">${escapeXml(words)}</text>`;
}

/** A line as it stands for a method in the legend. */
export const lineKey = ({ id, colour, dash }: Look, middle: number, y: number): string =>
  `<path data-method="${escapeXml(id)}" d="M${tidy(middle - LEGEND.line / 2)},${tidy(y)}h${LEGEND.line}" ` +
  `style="stroke:${colour}" stroke-dasharray="${dash}" stroke-width="1.2"/>`;

function said(holdout: string, tried: readonly TriedPoint[]): string {
  const { title, point, accuracy } = tried.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  const where = `learning rate ${short(point.learningRate)}, weight decay ${short(point.weightDecay)}`;
  return `${domainName(holdout)}: the best of ${counted(tried.length, "point")} is ${percent(accuracy)} with ${title}, ${where}`;
}

/** A colour of axes and text, which a page may set. */
export const ink = (name: keyof typeof NEUTRAL): string => `var(${variableOf(name)},${NEUTRAL[name].colour})`;

/** A tenth of a point. */
export const tidy = (value: number): string => String(Number(value.toFixed(1)));
