import { earlierMark, earlierSentences } from "../numerics.js";
import type { Drawing, FigureData, Panel } from "./figure.js";

/** A panel whose title says it where its numbers are of earlier numerics. */
export function markedPanel(panel: Panel, numerics: number): Panel {
  const title = `${panel.title ?? ""}${earlierMark(numerics)}`.replace(/^, /, "");
  return title === "" ? panel : { ...panel, title };
}

/** The numbers behind a figure, with the numerics that made them. */
export const markedData = ({ name, columns, rows }: FigureData, numerics: number): FigureData => ({
  name,
  columns: [...columns, "numerics"],
  rows: rows.map((row) => ({ ...row, numerics })),
});

/** A figure of which everything was made with the same numerics. */
export const marked = (drawing: Drawing, numerics: number): Drawing => ({
  ...drawing,
  panels: drawing.panels.map((panel) => markedPanel(panel, numerics)),
  caption: drawing.caption + earlierSentences([numerics]),
  data: drawing.data.map((data) => markedData(data, numerics)),
});
