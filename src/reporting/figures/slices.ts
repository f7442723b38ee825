import { groupBy } from "../../core/group.js";
import type { Plan } from "../../records/plan.js";
import type { TriedPoint } from "../tuning-trace.js";
import { textWidth } from "./font.js";
import { parallelAxes, TICK, type ValueAxis } from "./parallel-axes.js";
import {
  besides,
  drawSearches,
  ink,
  PANEL,
  saysOf,
  text,
  tidy,
  WIDER,
  type Look,
  type PlacedPoint,
} from "./search-drawing.js";
import { isGrid } from "./searches.js";
import { FONT_SIZES, type FigureWidth } from "./theme.js";
import { escapeXml } from "./xml.js";

/** Between two slices, and from the rim of one to its outermost points; points. */
const SPACE = { between: 10, rim: 5 } as const;
/** Half the width of a marker, and of a chosen point's; points. */
const SIZE = { other: 1.7, chosen: 2.8 } as const;
/** Opacity of the first point of a search, and of all of a grid, which has no order; the last one is full. */
const OPACITY = { first: 0.25, grid: 0.6 } as const;

/** The validation accuracy of all points of an experiment's searches against each axis that they vary, a panel per dataset: the
 *  later a search tried a point, the fuller its colour. The chosen ones are larger, with a rim.
 *  @returns undefined where no search varies an axis. */
export function slices(
  plan: Plan,
  tried: readonly TriedPoint[],
  id: string,
  width: FigureWidth,
): { svg: string; alt: string } | undefined {
  const axes = variedAxes(tried);
  if (axes.length === 0) return undefined;
  const opacities = opacitiesOf(tried);
  const title = `Validation accuracy by ${axes.map(({ name }) => name.toLowerCase()).join(" and by ")} in ${plan.experiment}`;
  return drawSearches(plan, tried, id, width, {
    title,
    foot: 26,
    key: (look, middle, y) => marker(look, [middle, y], SIZE.other, `data-method="${escapeXml(look.id)}"`),
    draw: (points, looks, wide) => panel(points, looks, wide, axes, opacities),
  });
}

interface Axis {
  readonly name: string;
  /** Its place among the parallel axes. */
  readonly place: 0 | 1;
  of(tried: TriedPoint): number;
}
const AXES: readonly Axis[] = [
  { name: "Learning rate", place: 0, of: ({ point }) => point.learningRate },
  { name: "Weight decay", place: 1, of: ({ point }) => point.weightDecay },
];

/** The axes on which a method's points on a dataset differ. */
function variedAxes(tried: readonly TriedPoint[]): Axis[] {
  const searches = [...searchesOf(tried).values()];
  return AXES.filter(({ of }) => searches.some((search) => new Set(search.map(of)).size > 1));
}

const searchesOf = (tried: readonly TriedPoint[]): Map<string, TriedPoint[]> =>
  groupBy(tried, ({ method, holdout }) => `${holdout} ${method}`);

/** How full the colour of every point is, by its place among all. */
function opacitiesOf(tried: readonly TriedPoint[]): number[] {
  const seen = new Map<string, number>();
  const searches = searchesOf(tried);
  const grids = new Set([...searches].flatMap(([key, search]) => (isGrid(search) ? [key] : [])));
  return tried.map(({ method, holdout }) => {
    const key = `${holdout} ${method}`;
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    if (grids.has(key)) return OPACITY.grid;
    const last = searches.get(key)!.length - 1;
    return last === 0 ? 1 : OPACITY.first + ((1 - OPACITY.first) * before) / last;
  });
}

function panel(
  tried: readonly PlacedPoint[],
  looks: readonly Look[],
  wide: number,
  axes: readonly Axis[],
  opacities: readonly number[],
): string {
  const up = parallelAxes(tried, PANEL.height - 2 * SPACE.rim)[2]!;
  const left = besides(up);
  const each = (wide - left - PANEL.beside - (axes.length - 1) * SPACE.between) / axes.length;
  const drawn = axes.map((axis, i) => {
    const along = parallelAxes(tried, each - 2 * SPACE.rim)[axis.place]!;
    const place = (one: TriedPoint): [number, number] => [
      each - SPACE.rim - along.at(axis.of(one)),
      SPACE.rim + up.at(100 * one.accuracy),
    ];
    const points = looks.map((look) => pointsOf(look, tried, place, opacities)).join("");
    const at = left + i * (each + SPACE.between);
    return `<g transform="translate(${tidy(at)} 0)">${frame(up, i === 0)}${foot(along, axis.name, each)}${points}</g>`;
  });
  return text(0, -6, up.title, { size: FONT_SIZES.tick, anchor: "start" }) + drawn.join("");
}

/** The vertical axis; its labels stand at the first slice alone. */
function frame({ ticks }: ValueAxis, labelled: boolean): string {
  const marks = ticks.map(({ y }) => `M0,${tidy(y + SPACE.rim)}h-2.5`).join("");
  const labels = ticks.map(({ y, label }) => text(-4, y + SPACE.rim + 2.4, label, { size: TICK.size, anchor: "end" }));
  return rule(`M0,0v${PANEL.height}${marks}`) + (labelled ? labels.join("") : "");
}

/** The horizontal axis below a slice; where labels have no room, every second, third or so has one. */
function foot({ ticks }: ValueAxis, title: string, wide: number): string {
  const places = ticks
    .map(({ y, label }) => {
      const x = wide - SPACE.rim - y;
      const half = (WIDER * textWidth(label, TICK.size)) / 2;
      return { x, label, middle: Math.min(x, wide + PANEL.beside - half), half };
    })
    .sort((a, b) => a.x - b.x);
  const labelled = (every: number): typeof places => places.filter((_one, i) => i % every === 0);
  const fit = (all: typeof places): boolean =>
    all.every(({ middle, half }, i) => i === 0 || middle - half >= all[i - 1]!.middle + all[i - 1]!.half + 2);
  let every = 1;
  while (!fit(labelled(every))) every++;
  const labels = labelled(every).map(({ middle, label }) =>
    text(middle, PANEL.height + 10, label, { size: TICK.size, anchor: "middle" }),
  );
  const marks = places.map(({ x }) => `M${tidy(x)},${PANEL.height}v2.5`).join("");
  const name = text(wide / 2, PANEL.height + 20, title, { size: FONT_SIZES.label, anchor: "middle" });
  return rule(`M0,${PANEL.height}h${tidy(wide)}${marks}`) + labels.join("") + name;
}

const rule = (path: string): string =>
  `<path d="${path}" fill="none" style="stroke:${ink("muted")}" stroke-width="0.6"/>`;

/** A method's points, the chosen one above the others. */
function pointsOf(
  look: Look,
  tried: readonly PlacedPoint[],
  placeOf: (one: TriedPoint) => [number, number],
  opacities: readonly number[],
): string {
  const own = tried.filter(({ method }) => method === look.id);
  if (own.length === 0) return "";
  const drawn = [...own]
    .sort((a, b) => Number(a.winner) - Number(b.winner))
    .map((one) => {
      const opacity = Number(opacities[one.place]!.toFixed(2));
      const how = one.winner ? `stroke-width="0.4" style="stroke:${ink("ink")}"` : `fill-opacity="${opacity}"`;
      const size = one.winner ? SIZE.chosen : SIZE.other;
      return marker(look, placeOf(one), size, `data-point="${one.place}" ${how}`, saysOf(look, one));
    });
  return `<g data-method="${escapeXml(look.id)}" style="fill:${look.colour}">${drawn.join("")}</g>`;
}

const MARKERS: Readonly<Record<Look["marker"], string>> = {
  circle: "M-1,0a1,1,0,1,0,2,0a1,1,0,1,0,-2,0Z",
  square: "M-0.9,-0.9h1.8v1.8h-1.8Z",
  diamond: "M0,-1.25L1,0L0,1.25L-1,0Z",
  "triangle-up": "M0,-1.1L1.1,0.9H-1.1Z",
  "triangle-down": "M0,1.1L1.1,-0.9H-1.1Z",
  "triangle-right": "M1.1,0L-0.9,1.1V-1.1Z",
};

/** A method's marker; in its own group it has the group's colour. */
function marker(look: Look, [x, y]: readonly [number, number], size: number, attributes: string, says = ""): string {
  const place = `transform="translate(${tidy(x)} ${tidy(y)}) scale(${size})"`;
  const colour = says === "" ? ` style="fill:${look.colour}"` : "";
  const title = says === "" ? "" : `<title>${says}</title>`;
  return `<path ${attributes} ${place} d="${MARKERS[look.marker]}"${colour}>${title}</path>`;
}
