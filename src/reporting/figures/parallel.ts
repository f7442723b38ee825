import type { Plan } from "../../records/plan.js";
import type { TriedPoint } from "../tuning-trace.js";
import { parallelAxes, TICK, type ValueAxis } from "./parallel-axes.js";
import {
  besides,
  drawSearches,
  ink,
  lineKey,
  PANEL,
  saysOf,
  text,
  tidy,
  type Look,
  type PlacedPoint,
} from "./search-drawing.js";
import { FONT_SIZES, type FigureWidth } from "./theme.js";
import { escapeXml } from "./xml.js";

/** The points of an experiment's searches as lines through parallel axes, a panel per dataset. A method's lines are a
 *  group of the drawing; its chosen point is a thick line with a dot. */
export const parallelCoordinates = (
  plan: Plan,
  tried: readonly TriedPoint[],
  id: string,
  width: FigureWidth,
): { svg: string; alt: string } =>
  drawSearches(plan, tried, id, width, {
    title: `Points that tuning tried in ${plan.experiment}`,
    foot: 8,
    key: lineKey,
    draw: panel,
  });

function panel(tried: readonly PlacedPoint[], looks: readonly Look[], wide: number): string {
  const axes = parallelAxes(tried, PANEL.height);
  const xs = [besides(axes[0]!), wide / 2, wide - besides(axes[2]!)] as const;
  const lines = looks.map((look) => linesOf(look, tried, axes, xs));
  const drawn = axes.map((axis, i) => axisOf(axis, xs[i]!, (["start", "middle", "end"] as const)[i]!, wide));
  return [
    ...drawn.map(({ rule }) => rule),
    ...lines.map(({ others }) => others),
    ...lines.map(({ chosen }) => chosen),
    ...drawn.map(({ words }) => words),
  ].join("");
}

/** A method's lines, and those of its chosen points, which lie above all others. */
function linesOf(look: Look, tried: readonly PlacedPoint[], axes: readonly ValueAxis[], xs: readonly number[]) {
  const own = tried.filter(({ method }) => method === look.id);
  const group = (
    points: readonly PlacedPoint[],
    stroke: string,
    draw: (at: string, one: PlacedPoint) => string,
  ): string =>
    points.length === 0
      ? ""
      : `<g data-method="${escapeXml(look.id)}" fill="none" style="stroke:${look.colour}" stroke-dasharray="${look.dash}" ${stroke}>` +
        `${points.map((one) => draw(placesOf(one, axes, xs, look.shift).join(" "), one)).join("")}</g>`;
  const line = (places: string, one: PlacedPoint): string =>
    `<polyline data-point="${one.place}" points="${places}"><title>${saysOf(look, one)}</title></polyline>`;
  const dotted = (places: string, one: PlacedPoint): string => {
    const [x, y] = places.split(" ").at(-1)!.split(",");
    const dot = `<circle data-point="${one.place}" cx="${x}" cy="${y}" r="2.4" style="fill:${look.colour};stroke:none">`;
    return `${line(places, one)}${dot}<title>${saysOf(look, one)}</title></circle>`;
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
  { point, accuracy }: PlacedPoint,
  axes: readonly ValueAxis[],
  xs: readonly number[],
  shift: number,
): string[] =>
  [point.learningRate, point.weightDecay, 100 * accuracy].map(
    (value, i) => `${tidy(xs[i]!)},${tidy(axes[i]!.at(value) + (i < 2 ? shift : 0))}`,
  );

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
