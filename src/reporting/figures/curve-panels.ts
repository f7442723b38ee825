import { median } from "../../core/averages.js";
import { counted } from "../../core/wording.js";
import { accuraciesOf, type Curves } from "./compared-curves.js";
import { spreadOf, type MeanCurve } from "../measured/curves.js";
import type { FigureOptions, MarkedPoint, Panel, SwitchedCurve } from "./figure.js";
import { sampled } from "./thin.js";
import { AXIS_TITLES, short } from "./figure-texts.js";

/** Losses that span more than this are shown on a logarithmic scale. */
const LOG_RATIO = 20;
/** Marks on a line. */
const MARKS = 6;
/** Points of a curve whose axes a page switches, and digits of their numbers. */
const SWITCHED = { points: 100, digits: 4 } as const;

/** Mean losses of all methods, with their spread. */
export function lossPanel({ title, curves, name }: Curves, { by, scale: wanted }: FigureOptions): Panel {
  const unit = by === "time" ? "s" : by;
  const marked = ({ method, points, runs }: MeanCurve, limit: number): MarkedPoint[] =>
    sampled(points, limit).map((point) => ({
      method,
      x: point[by],
      y: point.mean,
      says:
        `${name(method)}, ${unit} ${short(point[by])}: loss ${short(point.mean)}` +
        (runs > 1 ? ` (${short(point.low)} to ${short(point.high)}, ${runs} runs)` : ""),
    }));
  const shown = curves.filter(({ points }) => points.length > 0);
  const finite = shown.flatMap(({ points }) => points.map(({ mean }) => mean)).filter((value) => value > 0);
  const [low, high] = [finite.reduce((a, b) => Math.min(a, b), Infinity), finite.reduce((a, b) => Math.max(a, b), 0)];
  // Of most methods: one that diverges at once does not decide how tall the frame is.
  const start = shown.length === 0 ? 0 : median(shown.map(({ points }) => points[0]!.mean));
  const scale = wanted ?? (Math.min(high, 10 * start) / low > LOG_RATIO ? "log" : "linear");
  const most = scale === "log" ? 10 * start : 2 * start;
  const highs = (curves: readonly MeanCurve[]): number[] =>
    curves.flatMap(({ points }) => points.map((point) => point.high));
  const tall = highs(shown).some((value) => value > most);
  // Nor does one that diverges later.
  const steady = highs(shown.filter(({ diverged }) => diverged === 0)).filter((value) => value <= most);
  const top = steady.reduce((a, b) => Math.max(a, b), 0) * 1.05;
  const floor = shown
    .flatMap(({ points }) => points.map((point) => point.low))
    .reduce((a, b) => Math.min(a, b), Infinity);
  return {
    title,
    kind: "line",
    // Methods take times of different orders: on a linear axis the slowest leaves the others no room.
    x: { title: AXIS_TITLES[by], scale: by === "time" ? "log" : "linear" },
    y: {
      title: "Training loss",
      scale,
      // What rises above twice the start, or ten times on a logarithmic axis, leaves the frame, or nothing else could be told apart.
      ...(tall && {
        domain: [
          (scale === "log" ? low : Math.min(floor, low)) * 0.95,
          top > start ? Math.min(most, top) : most,
        ] as const,
      }),
    },
    points: shown.flatMap(({ method, points, runs }) =>
      points.map((point) => ({
        method,
        x: point[by],
        y: point.mean,
        ...(runs > 1 && { low: point.low, high: point.high }),
      })),
    ),
    marked: shown.flatMap((curve) => marked(curve, MARKS)),
    ends: shown
      .filter(({ diverged }) => diverged > 0)
      .flatMap((curve) =>
        marked({ ...curve, points: curve.points.slice(-1) }, 1).map((end) => ({
          ...end,
          says: `${name(curve.method)}: ${curve.diverged} of ${curve.runs} diverged after ${unit} ${short(Number(end.x))}`,
        })),
      ),
    curves: shown.map((curve) => switchedCurve(curve, name(curve.method))),
  };
}

function switchedCurve({ method, runs, diverged, points }: MeanCurve, name: string): SwitchedCurve {
  const held = sampled(points, SWITCHED.points);
  const column = (of: (point: MeanCurve["points"][number]) => number): number[] =>
    held.map((point) => Number(of(point).toPrecision(SWITCHED.digits)));
  return {
    method,
    name,
    runs,
    diverged: diverged > 0,
    step: held.map(({ step }) => step),
    epoch: column(({ epoch }) => epoch),
    time: column(({ time }) => time),
    mean: column(({ mean }) => mean),
    low: column(({ low }) => low),
    high: column(({ high }) => high),
  };
}

/** Mean test accuracy of every method, with its spread. */
export function accuracyPanel(all: Curves): Panel {
  const { title, curves, name } = all;
  const points = curves.flatMap(({ method }) => {
    const values = accuraciesOf(all, method);
    if (values.length === 0) return [];
    const { mean, low, high } = spreadOf(values.map((share) => 100 * share));
    const says = `${name(method)}: ${mean.toFixed(1)} % (${counted(values.length, "trial")})`;
    return [{ method, x: name(method), y: mean, low, high, says }];
  });
  return {
    title,
    kind: "dots",
    points,
    marked: points,
    ends: [],
    x: { title: "", scale: "band", values: curves.map(({ method }) => name(method)) },
    y: { title: "Test accuracy (%)", scale: "linear" },
  };
}
