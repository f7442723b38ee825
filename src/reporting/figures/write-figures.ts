import { stringify } from "csv-stringify/sync";
import { join } from "node:path";
import { writeAtomic } from "../../core/files.js";
import { writing } from "../../records/writable.js";
import type { Evidence } from "../evidence.js";
import { isNotRun, type FigureData, type NotRun, type CurveAxis, type FigureEntry } from "./figure.js";
import { type FigureId, FIGURES } from "./index.js";
import { lookup } from "../../core/registry.js";
import type { FigureWidth } from "./theme.js";

export type FigureFormat = "svg" | "png";

export interface WriteOptions extends MakeOptions {
  readonly format: FigureFormat;
  /** The folder that files are written to. */
  readonly out: string;
}

/** A figure that was written, or why it was not. */
export interface WrittenFigure {
  readonly id: FigureId;
  readonly made: MadeFigure | NotRun;
  /** The picture, then the data behind it. */
  readonly files: readonly string[];
}

/** Writes figures and the data behind them: `fig2.svg`, `fig2_left.csv`, …
 *  @param done is told of each as it is written. @throws UserError (usage) for an unknown id. */
export async function writeFigures(
  evidence: Evidence,
  ids: readonly FigureId[],
  { format, out, ...options }: WriteOptions,
  done: (written: WrittenFigure) => void = () => undefined,
): Promise<WrittenFigure[]> {
  const all: WrittenFigure[] = [];
  for (const id of ids) {
    const made = await makeFigure(evidence, id, options);
    const files = isNotRun(made) ? [] : await filesOf(made, format);
    const written = { id, made, files: files.map(([name]) => join(out, name)) };
    writing(out, () => {
      for (const [name, content] of files) writeAtomic(join(out, name), content);
    });
    all.push(written);
    done(written);
  }
  return all;
}

async function filesOf(made: MadeFigure, format: FigureFormat): Promise<[string, string | Uint8Array][]> {
  const picture = format === "svg" ? made.svg : (await import("./png.js")).pngOf(made);
  return [
    [`${made.id}.${format}`, picture],
    ...made.data.map((data): [string, string] => [`${data.name}.csv`, csvOf(data)]),
  ];
}

/** Numbers keep every digit; what is absent is an empty field. @internal Exported for tests. */
export function csvOf({ columns, rows }: FigureData): string {
  return stringify([[...columns], ...rows.map((row) => columns.map((name) => row[name]?.toString() ?? ""))]);
}

export interface MakeOptions {
  /** Axis of learning curves; default epochs in figures by epoch, else steps. */
  readonly by?: CurveAxis;
  /** Default: the figure's own. */
  readonly width?: FigureWidth;
}

/** A figure, ready to be written or embedded. */
export interface MadeFigure {
  readonly id: FigureId;
  readonly title: string;
  /** A sentence for those who do not see it; also the description inside the SVG. */
  readonly alt: string;
  readonly caption: string;
  readonly svg: string;
  /** The same with plain colours, for renderers without CSS. */
  readonly plainSvg: string;
  /** Printed size, in points. */
  readonly width: number;
  readonly height: number;
  /** The numbers behind it. */
  readonly data: readonly FigureData[];
}

/** Makes a figure of the records. @throws UserError (usage) for an unknown id, with the known ones. */
export async function makeFigure(
  evidence: Evidence,
  id: string,
  { by, width }: MakeOptions = {},
): Promise<MadeFigure | NotRun> {
  const entry = lookup<FigureEntry>(FIGURES, id, "figure");
  const drawing = entry.draw(evidence, { by: by ?? entry.by ?? "step" });
  if (isNotRun(drawing)) return drawing;
  const { render } = await import("./render.js");
  const { title, alt, caption, data } = drawing;
  const rendered = await render(drawing, `figure-${id}`, width ?? entry.width);
  return { id: id as FigureId, title, alt, caption, data, ...rendered };
}
