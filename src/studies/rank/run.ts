import { features, lowRankScore, normalised, singularValues, spectralEntropy } from "./features.js";
import type { ResolvedConfig } from "../../config/load.js";
import { chunkSizes, imageChunks } from "../../training/images.js";
import { beginOn, programKey, type AnalysisContext } from "../shared/context.js";
import { rankKind } from "./record.js";
import { analysisId } from "../shared/begin.js";
import type { SolutionAnalysis } from "../shared/analyse.js";
import type { Solution } from "../shared/solution.js";

type RankSplit = ResolvedConfig["analysis"]["rank"]["splits"][number];

const rankId = (split: RankSplit, run: string): string => analysisId(rankKind, { run, settings: { split } });

/** Measures how fast the singular values of the features before the classifier fall, over a whole split as it is;
 *  "train" is what the trial was trained on. */
async function rank(context: AnalysisContext, solution: Solution, name: RankSplit): Promise<void> {
  const { session, programs, analyses } = context;
  const { domain, problem, values, subject } = solution;
  const id = rankId(name, subject.cell.id);
  const head = beginOn(rankKind, context, solution, id, { split: name });
  const split = await domain.split(name === "train" ? "trainAll" : "test");
  const normalisation = await session.domain(domain.id).normalisation();
  const sizes = chunkSizes(split);
  const compiled = programs.of("rank", programKey(solution, sizes), () => features(session.engine, problem, sizes));
  const chunks = imageChunks(split, normalisation, session.openBatches);
  const pause = context.begin(`rank of ${name}`, Math.ceil(split.count / sizes[0]!));
  const gram = await compiled.gram(values, chunks, pause);
  const found = singularValues(gram);
  if (analyses.has(id)) return;
  analyses.write(
    rankKind,
    {
      ...head(),
      split: name,
      images: split.count,
      features: gram.width,
      score: lowRankScore(found),
      entropy: spectralEntropy(found),
    },
    { singular_values: normalised(found).map((value, index) => ({ index, value })) },
  );
}

export const rankAnalysis: SolutionAnalysis<typeof rankKind> = {
  kind: rankKind,
  tasks: ({ analysis }, run) =>
    analysis.rank.splits.map((split) => ({
      id: rankId(split, run),
      make: (context, solution) => rank(context, solution, split),
    })),
};
