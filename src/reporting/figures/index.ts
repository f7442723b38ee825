import type { FigureEntry, StudyShow } from "../study-show.js";
import { ablation } from "./ablation.js";
import { fig2, fig3, fig4, fig5, fig6 } from "./learning-curves.js";
import { profile, profiles } from "./profile.js";
import { sensitivity, tuning } from "./searches.js";
import { fig9 } from "./weight-decay.js";

/** The figures that are made from runs: the paper's, then ours. */
const OF_RUNS: Readonly<Record<string, FigureEntry>> = {
  fig2,
  fig3,
  fig4,
  fig5,
  fig6,
  fig9,
  sensitivity,
  tuning,
  profile,
  profiles,
  ablation,
};

/** Every figure, in the order of reports: the paper's by their numbers, then ours; those of the studies among them. */
export function figuresOf(studies: readonly StudyShow[]): Readonly<Record<string, FigureEntry>> {
  const all = [OF_RUNS, ...studies.map(({ figures }) => figures ?? {})].flatMap((held) => Object.entries(held));
  const papers = all.filter(([id]) => isPapers(id)).sort(([a], [b]) => numberOf(a) - numberOf(b));
  return Object.fromEntries([...papers, ...all.filter(([id]) => !isPapers(id))]);
}

/** Whether a figure is the paper's: called fig and its number there. */
export const isPapers = (id: string): boolean => /^fig\d+$/.test(id);

const numberOf = (id: string): number => Number(id.slice("fig".length));
