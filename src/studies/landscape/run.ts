import { evenly, lossLine, rise } from "./loss-along.js";
import type { ResolvedConfig } from "../../config/load.js";
import { chunkSizes, imageChunks } from "../../training/images.js";
import { beginOn, programKey, type AnalysisContext } from "../shared/context.js";
import { landscapeKind } from "./record.js";
import { analysisId } from "../shared/begin.js";
import { eigenvector, sharpness, sharpnessId } from "../sharpness/run.js";
import type { SolutionAnalysis } from "../shared/analyse.js";
import type { Solution } from "../shared/solution.js";

/** What decides the numbers of a landscape besides the run; the sharpness is the one whose eigenvector is gone along. */
const settingsOf = (config: ResolvedConfig, run: string) => ({
  ...config.analysis.landscape,
  sharpness: sharpnessId(config, run),
});

const landscapeId = (config: ResolvedConfig, run: string): string =>
  analysisId(landscapeKind, { run, settings: settingsOf(config, run) });

/** Measures the loss of the whole training split, as it is, along the eigenvector of the Hessian's largest eigenvalue;
 *  makes the sharpness first where it is missing. */
async function landscape(context: AnalysisContext, solution: Solution): Promise<void> {
  const { session, config, programs, analyses } = context;
  const { domain, problem, values, subject } = solution;
  const settings = settingsOf(config, subject.cell.id);
  if (!analyses.has(settings.sharpness)) await sharpness(context, solution);
  const id = landscapeId(config, subject.cell.id);
  const head = beginOn(landscapeKind, context, solution, id, settings);
  const direction = eigenvector(context, solution, settings.sharpness);
  const split = await domain.split("trainAll");
  const normalisation = await session.domain(domain.id).normalisation();
  const sizes = chunkSizes(split);
  const line = programs.of("landscape", programKey(solution, sizes), () => lossLine(session.engine, problem, sizes));
  const grid = evenly(settings.from, settings.to, settings.points);
  const withCentre = grid.includes(0) ? grid : [...grid, 0];
  const chunks = imageChunks(split, normalisation, session.openBatches);
  const pause = context.begin("landscape", Math.ceil(split.count / sizes[0]!));
  const losses = await line.losses(values, direction, withCentre, chunks, pause);
  const loss = losses[withCentre.indexOf(0)]!;
  const along = losses.slice(0, grid.length);
  if (analyses.has(id)) return;
  analyses.write(
    landscapeKind,
    {
      ...head(),
      images: split.count,
      loss,
      rise: rise(along, loss),
    },
    { landscape: grid.map((t, i) => ({ t, loss: along[i]! })) },
  );
}

export const landscapeAnalysis: SolutionAnalysis<typeof landscapeKind> = {
  kind: landscapeKind,
  tasks: (config, run) => [{ id: landscapeId(config, run), make: landscape }],
};
