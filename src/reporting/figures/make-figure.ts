import { lookup } from "../../core/registry.js";
import type { CurveAxis } from "../measured/curves.js";
import type { Evidence } from "../study-show.js";
import { isNotRun, type Drawing, type FigureData, type LossScale, type NotRun, type SwitchedCurve } from "./figure.js";
import type { FigureEntry } from "../study-show.js";
import { figuresOf } from "./index.js";
import type { FigureWidth } from "./theme.js";

export interface MakeOptions {
  /** Axis of learning curves; default epochs in figures by epoch, else steps. */
  readonly by?: CurveAxis;
  /** Of the losses of learning curves. */
  readonly scale?: LossScale;
  /** Default: the figure's own. */
  readonly width?: FigureWidth;
  /** Whether it is drawn in a single column's width as well, for narrow screens. */
  readonly narrow?: boolean;
}

/** The learning curves of a figure, for a page that switches their axes. */
interface Switched {
  readonly by: CurveAxis;
  /** Panels side by side where there is room. */
  readonly columns: number;
  readonly panels: readonly {
    readonly title: string;
    readonly scale: LossScale;
    readonly curves: readonly SwitchedCurve[];
  }[];
}

/** A figure, ready to be written or embedded. */
export interface MadeFigure {
  readonly id: string;
  readonly title: string;
  /** A sentence for those who do not see it; also the description inside the SVG. */
  readonly alt: string;
  readonly caption: string;
  readonly svg: string;
  /** In a single column's width. */
  readonly narrowSvg?: string;
  /** The same with plain colours, for renderers without CSS. */
  readonly plainSvg: string;
  /** Printed size, in points. */
  readonly width: number;
  readonly height: number;
  /** The numbers behind it. */
  readonly data: readonly FigureData[];
  readonly switched?: Switched;
}

/** Makes a figure of the records. @throws UserError (usage) for an unknown id, with the known ones. */
export async function makeFigure(
  evidence: Evidence,
  id: string,
  { by, scale, width, narrow = false }: MakeOptions = {},
): Promise<MadeFigure | NotRun> {
  const entry = lookup<FigureEntry>(figuresOf(evidence.studies), id, "figure");
  const along = by ?? entry.by ?? "step";
  const drawing = entry.draw(evidence, { by: along, scale });
  if (isNotRun(drawing)) return drawing;
  const { render } = await import("./render.js");
  const { title, alt, caption, data } = drawing;
  const rendered = await render(drawing, `figure-${id}`, width ?? entry.width);
  const slim = narrow && entry.width === "double" ? await render(drawing, `figure-narrow-${id}`, "single") : undefined;
  const switched = switchedOf(drawing, along);
  return {
    id,
    title,
    alt,
    caption,
    data,
    ...rendered,
    ...(slim !== undefined && { narrowSvg: slim.svg }),
    ...(switched !== undefined && { switched }),
  };
}

function switchedOf({ panels, columns }: Drawing, by: CurveAxis): Switched | undefined {
  const held = panels.flatMap(({ title = "", y, curves }): Switched["panels"] =>
    curves === undefined ? [] : [{ title, scale: y.scale === "log" ? "log" : "linear", curves }],
  );
  return held.length === 0 ? undefined : { by, columns: columns.double, panels: held };
}
