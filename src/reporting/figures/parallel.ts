import { counted } from "../../core/wording.js";
import { groupBy } from "../../core/group.js";
import type { Plan } from "../../records/plan.js";
import type { TriedPoint } from "../tuning-trace.js";
import { domainName, methodName, percent, short } from "./figure-texts.js";
import { textWidth } from "./font.js";
import { parallelAxes, TICK, type ValueAxis } from "./parallel-axes.js";
import { FONT_FAMILY, FONT_SIZES, GAP, NEUTRAL, styleOf, variableOf, WIDTHS, type FigureWidth } from "./theme.js";
import { escapeXml } from "./xml.js";

/** Of a panel, in points: its headings, the height of its axes, what is below them, and beside their labels. */
const PANEL = { heading: 24, height: 112, foot: 8, beside: 6 } as const;
/** How much wider the text is where a page has none of the fonts. */
const WIDER = 1.2;
/** Length of a line in the legend, gap to its name, gap between entries, height of a row; points. */
const LEGEND = { line: 17, gap: 3, between: 9, row: 12 } as const;
/** Points by which the lines of all methods are set apart where they share their values. */
const APART = 7;
const COLUMNS = { single: 1, double: 2 } as const;

/** Colour, dash and place of a method. */
interface Look {
  readonly id: string;
  readonly name: string;
  readonly colour: string;
  readonly dash: string;
  /** Points below where its values are. */
  readonly shift: number;
}

/** The points of an experiment's searches as lines through parallel axes, a panel per dataset. A method's lines are a
 *  group of the drawing; its chosen point is a thick line with a dot.
 *  @param id decides the ids inside, which differ from those of other figures.
 *  @returns an SVG of its printed width, and what it says to those who do not see it. */
export function parallelCoordinates(
  plan: Plan,
  tried: readonly TriedPoint[],
  id: string,
  width: FigureWidth,
): { svg: string; alt: string } {
  const looks = looksOf(plan, tried);
  const byHoldout = [...groupBy(tried, ({ holdout }) => holdout)];
  const across = Math.min(COLUMNS[width], byHoldout.length);
  const wide = (WIDTHS[width] - (across - 1) * 2 * GAP) / across;
  const high = PANEL.heading + PANEL.height + PANEL.foot;
  const panels = byHoldout.map(([holdout, points], i) => {
    const [x, y] = [(i % across) * (wide + 2 * GAP), Math.floor(i / across) * (high + GAP)];
    return `<g transform="translate(${tidy(x)} ${tidy(y)})">${panel(domainName(holdout), points, looks, wide)}</g>`;
  });
  const below = Math.ceil(byHoldout.length / across) * (high + GAP);
  const legend = legendOf(looks, WIDTHS[width], below);
  const alt = `${byHoldout.map(([holdout, points]) => said(holdout, points)).join("; ")}.`;
  const title = `Points that tuning tried in ${plan.experiment}`;
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
    const { colour, dash } = styleOf(id, look);
    return {
      id,
      name: methodName(id, title),
      colour: `var(${variableOf(id)},${colour})`,
      dash: dash.join(" "),
      shift: (i - (shown.length - 1) / 2) * step,
    };
  });
}

function panel(title: string, tried: readonly TriedPoint[], looks: readonly Look[], wide: number): string {
  const axes = parallelAxes(tried, PANEL.height);
  const xs = [besides(axes[0]!), wide / 2, wide - besides(axes[2]!)] as const;
  const lines = looks.map((look) => linesOf(look, tried, axes, xs));
  const drawn = axes.map((axis, i) => axisOf(axis, xs[i]!, (["start", "middle", "end"] as const)[i]!, wide));
  const parts = [
    ...drawn.map(({ rule }) => rule),
    ...lines.map(({ others }) => others),
    ...lines.map(({ chosen }) => chosen),
    ...drawn.map(({ words }) => words),
  ];
  return (
    text(wide / 2, 8, title, { size: FONT_SIZES.label, anchor: "middle", bold: true }) +
    `<g transform="translate(0 ${PANEL.heading})">${parts.join("")}</g>`
  );
}

/** What the longest label of an outer axis needs. */
const besides = ({ ticks }: ValueAxis): number =>
  PANEL.beside + WIDER * Math.max(...ticks.map(({ label }) => textWidth(label, TICK.size)));

/** A method's lines, and those of its chosen points, which lie above all others. */
function linesOf(look: Look, tried: readonly TriedPoint[], axes: readonly ValueAxis[], xs: readonly number[]) {
  const own = tried.filter(({ method }) => method === look.id);
  const group = (
    points: readonly TriedPoint[],
    stroke: string,
    draw: (place: string, says: string) => string,
  ): string =>
    points.length === 0
      ? ""
      : `<g data-method="${escapeXml(look.id)}" fill="none" style="stroke:${look.colour}" stroke-dasharray="${look.dash}" ${stroke}>` +
        `${points.map((one) => draw(placesOf(one, axes, xs, look.shift).join(" "), saysOf(look, one))).join("")}</g>`;
  const line = (places: string, says: string): string =>
    `<polyline points="${places}"><title>${says}</title></polyline>`;
  const dotted = (places: string, says: string): string => {
    const [x, y] = places.split(" ").at(-1)!.split(",");
    return `${line(places, says)}<circle cx="${x}" cy="${y}" r="2.4" style="fill:${look.colour};stroke:none"><title>${says}</title></circle>`;
  };
  return {
    others: group(
      own.filter(({ winner }) => !winner),
      'stroke-width="0.7" stroke-opacity="0.6"',
      line,
    ),
    chosen: group(
      own.filter(({ winner }) => winner),
      'stroke-width="2"',
      dotted,
    ),
  };
}

const placesOf = (
  { point, accuracy }: TriedPoint,
  axes: readonly ValueAxis[],
  xs: readonly number[],
  shift: number,
): string[] =>
  [point.learningRate, point.weightDecay, 100 * accuracy].map(
    (value, i) => `${tidy(xs[i]!)},${tidy(axes[i]!.at(value) + (i < 2 ? shift : 0))}`,
  );

function saysOf({ name }: Look, { point, accuracy, diverged, runs, winner }: TriedPoint): string {
  const { learningRate, weightDecay } = point;
  const lost = diverged === 0 ? "" : `, ${diverged} of ${counted(runs.length, "run")} diverged`;
  return escapeXml(
    `${name}, learning rate ${short(learningRate)}, weight decay ${short(weightDecay)}: ${percent(accuracy)}${lost}${winner ? ", chosen" : ""}`,
  );
}

/** A rule, and words that lie above the lines, on a rim of paper. */
function axisOf(
  { title, ticks }: ValueAxis,
  x: number,
  anchor: "start" | "middle" | "end",
  wide: number,
): { rule: string; words: string } {
  const right = anchor === "end";
  const edge = { start: 0, middle: x, end: wide }[anchor];
  const labels = ticks.map(({ y, label }) =>
    text(right ? x + 4 : x - 4, y + 2.4, label, { size: TICK.size, anchor: right ? "start" : "end" }),
  );
  const marks = ticks.map(({ y }) => `M${tidy(x)},${tidy(y)}h${right ? 2.5 : -2.5}`);
  return {
    rule: `<path d="M${tidy(x)},0v${PANEL.height}${marks.join("")}" fill="none" style="stroke:${ink("muted")}" stroke-width="0.6"/>`,
    words:
      text(edge, -6, title, { size: FONT_SIZES.tick, anchor }) +
      `<g style="stroke:${ink("paper")};paint-order:stroke" stroke-width="2.5" stroke-linejoin="round">${labels.join("")}</g>`,
  };
}

/** The names of the methods, in as many rows as they need. */
function legendOf(looks: readonly Look[], width: number, top: number): { svg: string; height: number } {
  let [left, row] = [0, 0];
  const entries = looks.map(({ id, name, colour, dash }) => {
    const wide = LEGEND.line + LEGEND.gap + textWidth(name, FONT_SIZES.label);
    if (left > 0 && left + wide > width) [left, row] = [0, row + 1];
    const [x, y] = [left, top + (row + 0.5) * LEGEND.row];
    left += wide + LEGEND.between;
    return (
      `<path data-method="${escapeXml(id)}" d="M${tidy(x)},${tidy(y)}h${LEGEND.line}" style="stroke:${colour}" stroke-dasharray="${dash}" stroke-width="1.2"/>` +
      `<text data-name="${escapeXml(id)}" x="${tidy(x + LEGEND.line + LEGEND.gap)}" y="${tidy(y + 2.6)}" font-size="${FONT_SIZES.label}" style="fill:${ink("ink")}">${escapeXml(name)}</text>`
    );
  });
  return { svg: entries.join(""), height: (row + 1) * LEGEND.row };
}

function text(
  x: number,
  y: number,
  words: string,
  { size, anchor, bold = false }: { size: number; anchor: string; bold?: boolean },
): string {
  const weight = bold ? ' font-weight="bold"' : "";
  return `<text x="${tidy(x)}" y="${tidy(y)}" font-size="${size}" text-anchor="${anchor}"${weight} style="fill:${ink("ink")}">${escapeXml(words)}</text>`;
}

function said(holdout: string, tried: readonly TriedPoint[]): string {
  const { title, method, point, accuracy } = tried.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  const where = `learning rate ${short(point.learningRate)}, weight decay ${short(point.weightDecay)}`;
  return `${domainName(holdout)}: the best of ${counted(tried.length, "point")} is ${percent(accuracy)} with ${methodName(method, title)}, ${where}`;
}

const ink = (name: keyof typeof NEUTRAL): string => `var(${variableOf(name)},${NEUTRAL[name].colour})`;

/** A tenth of a point. */
const tidy = (value: number): string => String(Number(value.toFixed(1)));
