import { stringify } from "csv-stringify/sync";
import { join } from "node:path";
import { writeAtomic } from "../../core/files.js";
import { writing } from "../../records/writable.js";
import type { Evidence } from "../study-show.js";
import { isNotRun, type FigureData, type NotRun } from "./figure.js";
import { makeFigure, type MadeFigure, type MakeOptions } from "./make-figure.js";

export type FigureFormat = "svg" | "png";

export interface WriteOptions extends MakeOptions {
  readonly format: FigureFormat;
  /** The folder that files are written to. */
  readonly out: string;
}

/** A figure that was written, or why it was not. */
export interface WrittenFigure {
  readonly id: string;
  readonly made: MadeFigure | NotRun;
  /** The picture, then the data behind it. */
  readonly files: readonly string[];
}

/** Writes figures and the data behind them: `fig2.svg`, `fig2_left.csv`, …
 *  @param done is told of each as it is written. @throws UserError (usage) for an unknown id. */
export async function writeFigures(
  evidence: Evidence,
  ids: readonly string[],
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

/** Numbers keep every digit; what is absent is an empty field. */
export function csvOf({ columns, rows }: FigureData): string {
  return stringify([[...columns], ...rows.map((row) => columns.map((name) => row[name]?.toString() ?? ""))]);
}
