import type { Look } from "../../core/look.js";
import type { CurveAxis } from "../measured/curves.js";
import type { FigureWidth } from "./theme.js";

/** Of the losses of learning curves. */
export type LossScale = "linear" | "log";

export interface FigureOptions {
  readonly by: CurveAxis;
  /** Default: logarithmic where losses span more than a linear axis shows. */
  readonly scale?: LossScale | undefined;
}

/** The numbers behind a figure: a CSV file. */
export interface FigureData {
  /** Without extension, like "fig2_left". */
  readonly name: string;
  readonly columns: readonly string[];
  /** By column; what is absent is an empty field. */
  readonly rows: readonly Readonly<Record<string, string | number | undefined>>[];
}

/** A point of a method's line. */
export interface Point {
  readonly method: string;
  readonly x: number | string;
  readonly y: number;
  /** Ends of the band or bar around it. */
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

/** A marked point, and what hovering over it says. */
export interface MarkedPoint extends Point {
  readonly says: string;
}

export interface PanelAxis {
  readonly title: string;
  /** band: `x` are names, in the order of `values`. */
  readonly scale: "linear" | "log" | "band";
  readonly domain?: readonly [number, number];
  readonly values?: readonly string[];
  /** Those of `values` that head what follows them. */
  readonly headings?: readonly string[];
  /** Whether its labels are left out: a panel beside it has them. */
  readonly hidden?: boolean;
  /** Of d3; default: short numbers. */
  readonly format?: string;
  /** Whether a logarithmic axis is of small multiples, which are not written as powers of ten. */
  readonly plain?: boolean;
  /** Whether it counts something: its ticks are whole numbers. */
  readonly counts?: boolean;
}

/** A method's mean curve by every axis, for a page that switches them. */
export interface SwitchedCurve extends Readonly<Record<CurveAxis, readonly number[]>> {
  readonly method: string;
  readonly name: string;
  readonly runs: number;
  /** Whether it ends where one of its runs diverged. */
  readonly diverged: boolean;
  readonly mean: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** One pair of axes. */
export interface Panel {
  readonly title?: string;
  readonly x: PanelAxis;
  readonly y: PanelAxis;
  /** dots: no line between the points, bars from low to high; rows: dots with the names of x below each other. */
  readonly kind: "line" | "step" | "dots" | "rows";
  readonly points: readonly Point[];
  readonly marked: readonly MarkedPoint[];
  /** Where a line ends because a run diverged. */
  readonly ends: readonly MarkedPoint[];
  /** Single values behind the points. */
  readonly samples?: readonly Point[];
  /** Values of methods that the others are compared with: lines across the panel. */
  readonly references?: readonly { readonly method: string; readonly y: number }[];
  /** Closed grey lines below the points, and one marked place. */
  readonly contours?: readonly (readonly { readonly x: number; readonly y: number }[])[];
  readonly target?: { readonly x: number; readonly y: number };
  /** Learning curves, of which x and the scale of y are a choice. */
  readonly curves?: readonly SwitchedCurve[];
}

export interface LegendEntry {
  readonly method: string;
  readonly name: string;
  /** That the plan has of a plug-in's method. */
  readonly look?: Look;
}

/** A figure before it is laid out. */
export interface Drawing {
  readonly title: string;
  /** What it shows, with the numbers that matter, for those who do not see it. */
  readonly alt: string;
  /** How it was made: trials, preset, kinds of data, smoothing, spread. */
  readonly caption: string;
  readonly panels: readonly Panel[];
  /** Panels side by side, by printed width. */
  readonly columns: Readonly<Record<FigureWidth, number>>;
  readonly legend: readonly LegendEntry[];
  readonly data: readonly FigureData[];
}

/** Why there is no figure, and which command makes its records. */
export interface NotRun {
  readonly missing: string;
  readonly command: string;
}

export const isNotRun = (made: object): made is NotRun => "missing" in made;
