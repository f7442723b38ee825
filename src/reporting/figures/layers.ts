import { groupBy } from "../../core/group.js";
import type { Panel, PanelAxis, Point } from "./figure.js";
import { textWidth } from "./font.js";
import { stretchesOf } from "./stretches.js";
import { FONT_SIZES, NEUTRAL } from "./theme.js";
import { thin } from "./thin.js";

/** A part of a Vega-Lite specification. */
export type Spec = Readonly<Record<string, unknown>>;

/** A cross, drawn as strokes. */
const CROSS = "M-1,-1L1,1M-1,1L1,-1";
const MUTED = NEUTRAL.muted.colour;

/** How a panel's values map to its frame. */
export interface Frame {
  /** Of x; undefined where x are names. */
  readonly x: readonly [number, number] | undefined;
  readonly y: readonly [number, number];
  /** Of the panel, in points. */
  readonly width: number;
}

/** What is drawn of some values; nothing of none. */
interface Drawing {
  readonly values: readonly unknown[];
  readonly mark: Spec;
  readonly encoding: Spec;
}

/** The layers of a panel, the lowest first. @param scales the encodings of a method's colour, dash, marker and width. */
export function layersOf(panel: Panel, frame: Frame, scales: Spec): Spec[] {
  const at = positions(panel, frame);
  const isScattered = panel.kind === "dots" || panel.kind === "rows";
  const drawings = [
    ...backdrop(panel, at, scales),
    isScattered ? spreadBars(panel, at, scales) : spreadBand(panel, frame, at, scales),
    ...(isScattered ? [] : lines(panel, frame, at, scales)),
    ...dots(panel, at, scales),
    ...marks(panel, frame, at, scales),
  ];
  const placed = panel.kind === "rows" ? turned : (encoding: Spec): Spec => encoding;
  return drawings
    .filter(({ values }) => values.length > 0)
    .map(({ values, mark, encoding }) => ({ data: { values }, mark, encoding: placed(encoding) }));
}

type Positions = Readonly<Record<"x" | "y", Spec>>;

const markOf = (type: string, more: Spec = {}): Spec => ({ type, clip: true, aria: false, ...more });

/** Contours and lines to compare with, which lie under everything. */
const backdrop = (
  { contours = [], references = [] }: Panel,
  at: Positions,
  { color, strokeDash }: Spec,
): readonly Drawing[] => [
  {
    values: contours.flatMap((ring, i) => ring.map((place, order) => ({ ...place, ring: i, order }))),
    mark: markOf("line", { stroke: MUTED, strokeWidth: 0.4, opacity: 0.6 }),
    encoding: { ...at, detail: { field: "ring", type: "nominal" }, order: ORDER },
  },
  {
    values: references,
    mark: markOf("rule", { opacity: 0.8, strokeWidth: 0.8 }),
    encoding: { y: at.y, color, strokeDash },
  },
];

const withSpread = ({ points }: Panel): Point[] =>
  points.filter(({ low, high }) => low !== undefined && high !== undefined);
const fromLowToHigh = (at: Positions, color: unknown): Spec => ({
  x: at.x,
  y: { ...at.y, field: "low" },
  y2: { field: "high" },
  color,
});

const spreadBars = (panel: Panel, at: Positions, { color }: Spec): Drawing => ({
  values: withSpread(panel),
  mark: markOf("rule", { strokeWidth: 1 }),
  encoding: fromLowToHigh(at, color),
});

function spreadBand(panel: Panel, frame: Frame, at: Positions, { color }: Spec): Drawing {
  const interpolate = panel.kind === "step" ? "step-after" : "linear";
  return {
    values: thinned(withSpread(panel), panel, frame, ({ low, high }) => [low!, high!]),
    mark: markOf("area", { opacity: 0.14, interpolate, strokeWidth: 0 }),
    encoding: fromLowToHigh(at, color),
  };
}

function lines(panel: Panel, frame: Frame, at: Positions, { color, strokeDash, strokeWidth }: Spec): Drawing[] {
  const byMethod = [...groupBy(panel.points, ({ method }) => method).values()];
  const stretches = stretchesOf(byMethod, panel.kind === "step");
  const along = { ...at, color, strokeWidth, detail: { field: "part", type: "nominal" }, order: ORDER };
  return [...groupBy([...stretches.entries()], ([, { of, place }]) => `${of} ${place}`).values()].map((held) => {
    const { of, place } = held[0]![1];
    const values = held.flatMap(([part, stretch]) =>
      thinned(stretch.points, panel, frame, ({ y }) => [y]).map((point) => ({ ...point, part })),
    );
    const isAlone = of === 1;
    return {
      values,
      mark: markOf("line", { strokeCap: "butt", ...(isAlone ? {} : turnOf(place, of)) }),
      encoding: isAlone ? { ...along, strokeDash } : along,
    };
  });
}

const dots = ({ samples = [], target }: Panel, at: Positions, { color }: Spec): readonly Drawing[] => [
  {
    values: samples,
    mark: markOf("point", { filled: true, opacity: 0.45, size: 6 }),
    encoding: { ...at, color },
  },
  {
    values: target === undefined ? [] : [target],
    mark: markOf("point", { shape: "cross", size: 26, filled: true, fill: NEUTRAL.ink.colour }),
    encoding: at,
  },
];

/** The points that say what they are, and where runs end, as far as they lie in the frame. */
function marks(panel: Panel, frame: Frame, at: Positions, { color, shape }: Spec): readonly Drawing[] {
  const [floor, top] = frame.y;
  const [left, right] = frame.x ?? [-Infinity, Infinity];
  const inside = ({ x, y }: Point): boolean =>
    y >= floor && y <= top && (typeof x === "string" || (x >= left && x <= right));
  const said = { ...at, color, description: { field: "says", type: "nominal" } };
  const point = (more: Spec): Spec => ({ type: "point", clip: false, aria: true, opacity: 1, ...more });
  return [
    {
      values: panel.marked.filter(inside),
      mark: point({ filled: true, size: 13, stroke: NEUTRAL.paper.colour, strokeWidth: 0.4 }),
      encoding: { ...said, shape },
    },
    {
      values: panel.ends.filter(inside),
      mark: point({ filled: false, size: 8, shape: CROSS, strokeWidth: 1.4 }),
      encoding: said,
    },
  ];
}

const ORDER = { field: "order", type: "quantitative" };
/** Length of a line's turn where several lie on each other, in points. */
const TURN = 5;

/** Lines that lie on each other are drawn in turns, so that all are seen. */
const turnOf = (place: number, of: number): Spec => ({
  strokeDash: [TURN, TURN * (of - 1)],
  strokeDashOffset: TURN * (of - place),
});

/** An encoding with x and y exchanged. */
const turned = ({ x, y, y2, ...others }: Spec): Spec => ({
  ...others,
  x: y,
  ...(x !== undefined && { y: x }),
  ...(y2 !== undefined && { x2: y2 }),
});

/** The encodings of x and y, with axes. */
function positions({ kind, x, y }: Panel, frame: Frame): { readonly x: Spec; readonly y: Spec } {
  const axis = (format: string | undefined, more: Spec): Spec => ({
    ...(format === undefined ? { labelExpr: LABEL } : { format }),
    ...more,
  });
  const ticksOf = ({ scale, plain = false }: PanelAxis, range: readonly [number, number] | undefined): Spec =>
    scale === "log" ? { values: logTicks(range!, plain), ...(!plain && isWide(range!) && { labelExpr: POWER }) } : {};
  const across =
    x.scale === "band"
      ? {
          type: "ordinal",
          scale: { domain: x.values, type: "point", padding: 0.5 },
          axis: {
            labelAngle: kind === "rows" || fits(x.values ?? [], frame.width) ? 0 : -40,
            ...(x.headings !== undefined && { labelFontWeight: boldWhere(x.headings) }),
            ...(x.hidden === true && { labels: false, ticks: false }),
            grid: false,
            labelOverlap: false,
          },
        }
      : {
          type: "quantitative",
          scale: { domain: frame.x, type: x.scale, nice: false, zero: false },
          axis: axis(
            x.format,
            x.scale === "log"
              ? ticksOf(x, frame.x)
              : { tickCount: 4, grid: false, labelOverlap: "parity", ...whole(x) },
          ),
        };
  return {
    x: { field: "x", title: x.title === "" ? null : x.title, ...across },
    y: {
      field: "y",
      type: "quantitative",
      title: y.title === "" ? null : y.title,
      scale: { domain: frame.y, type: y.scale, nice: false, zero: false },
      axis: axis(
        y.format,
        y.scale === "log"
          ? { ...ticksOf(y, frame.y), labelBound: LABEL_RISE }
          : { tickCount: 5, labelBound: LABEL_RISE },
      ),
    },
  };
}

/** Points that a label may rise above its axis: half its height, so that the tick at the very end has its own. */
export const LABEL_RISE = FONT_SIZES.tick / 2 + 1;

/** Whether names fit side by side under a panel. */
const fits = (names: readonly string[], width: number): boolean =>
  names.every((name) => textWidth(name, FONT_SIZES.tick) + 1 <= width / names.length);

const boldWhere = (values: readonly string[]): Spec => ({
  condition: { test: `indexof(${JSON.stringify(values)}, datum.value) >= 0`, value: "bold" },
  value: "normal",
});

/** What is counted has no ticks between whole numbers. */
const whole = ({ counts = false }: PanelAxis): Spec => (counts ? { tickMinStep: 1 } : {});

/** A label like "0.01" or "1,500", or "2e+5", which becomes a power of ten in the picture. */
const LABEL =
  "datum.value != 0 && (abs(datum.value) >= 1e5 || abs(datum.value) < 0.001) ? format(datum.value, '.1~e') : " +
  "format(datum.value, abs(datum.value) >= 1e4 ? ',~f' : '~g')";
/** A label that is a power of ten. */
const POWER = "format(datum.value, '.0e')";

/** Whether a logarithmic axis has room for two powers of ten, so that they are all that it needs. */
const isWide = ([from, to]: readonly [number, number]): boolean => powersIn(from, to).length > 1 && to / from > 30;

const powersIn = (from: number, to: number): number[] => {
  const [first, last] = [Math.ceil(Math.log10(from) - 1e-3), Math.floor(Math.log10(to) + 1e-3)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_none, i) => first + i);
};

/** Ticks of a logarithmic axis: powers of ten, every second or so where there are many; of a narrow one 1, 2 and 5 between. */
function logTicks([from, to]: readonly [number, number], plain: boolean): number[] {
  const powers = powersIn(from, to);
  const every = Math.ceil(powers.length / 7);
  if (!plain && isWide([from, to]))
    return powers.filter((power) => power % every === 0).map((power) => Number(`1e${power}`));
  const first = Math.floor(Math.log10(from));
  const around = Array.from({ length: Math.floor(Math.log10(to)) - first + 1 }, (_none, i) => first + i);
  const ticks = around.flatMap((power) => [1, 2, 5].map((factor) => Number(`${factor}e${power}`)));
  return ticks.filter((tick) => tick >= from * 0.999 && tick <= to * 1.001);
}

/** The points that a picture of this size shows, with their order along the line. @param ends what is drawn of each. */
function thinned(
  points: readonly Point[],
  panel: Panel,
  frame: Frame,
  ends: (point: Point) => readonly number[],
): (Point & { readonly order: number })[] {
  const along = shareOf(panel.x.scale === "log", frame.x ?? [0, 1]);
  const up = shareOf(panel.y.scale === "log", frame.y);
  return [...groupBy(points, ({ method }) => method).values()].flatMap((line) => {
    const kept = new Set<Point>();
    const parts = ends(line[0]!).length;
    for (let part = 0; part < parts; part++)
      for (const point of thin([...line.entries()], ([i, point]) => ({
        x: typeof point.x === "number" ? along(point.x) : i,
        y: up(ends(point)[part]!),
      })))
        kept.add(point[1]);
    return line.flatMap((point, order) => (kept.has(point) ? [{ ...point, order }] : []));
  });
}

/** Where a value lies in its frame, 0 to 1. */
function shareOf(log: boolean, [from, to]: readonly [number, number]): (value: number) => number {
  const map = log ? Math.log : (value: number): number => value;
  return (value) => (to === from ? 0 : (map(value) - map(from)) / (map(to) - map(from)));
}
