import type { FigureEntry } from "./figure.js";
import { ablation } from "./ablation.js";
import { hypergradient } from "../../studies/hypergradient/figure.js";
import { fig7 } from "../../studies/landscape/figure.js";
import { fig2, fig3, fig4, fig5, fig6 } from "./learning-curves.js";
import { profile } from "./profile.js";
import { sensitivity, tuning } from "./searches.js";
import { fig8 } from "../../studies/rank/figure.js";
import { fig1 } from "../../studies/quadratic/figure.js";
import { fig9 } from "./weight-decay.js";

/** Every figure, in the order of reports: the paper's, then ours. */
export const FIGURES = {
  fig1,
  fig2,
  fig3,
  fig4,
  fig5,
  fig6,
  fig7,
  fig8,
  fig9,
  sensitivity,
  tuning,
  profile,
  ablation,
  hypergradient,
} satisfies Readonly<Record<string, FigureEntry>>;
export type FigureId = keyof typeof FIGURES;
export const FIGURE_IDS = Object.keys(FIGURES) as FigureId[];
