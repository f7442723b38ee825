import type { FigureEntry } from "./figure.js";
import { fig2, fig3, fig4, fig5, fig6 } from "./learning-curves.js";

/** Every figure, in the order of reports. */
export const FIGURES = { fig2, fig3, fig4, fig5, fig6 } satisfies Record<string, FigureEntry>;
export type FigureId = keyof typeof FIGURES;
export const FIGURE_IDS = Object.keys(FIGURES) as FigureId[];
