import { features, lowRankScore, normalised, singularValues, spectralEntropy } from "./features.js";
import type { ResolvedConfig } from "../../config/load.js";
import { chunkSizes, imageChunks } from "../../training/images.js";
import { beginOn, programKey, type AnalysisContext } from "../shared/context.js";
import { analysisId } from "../shared/record-head.js";
import type { Solution } from "../shared/solution.js";

export type RankSplit = ResolvedConfig["analysis"]["rank"]["splits"][number];

export const rankId = (split: RankSplit, run: string): string => analysisId("rank", { run, settings: { split } });

/** Measures how fast the singular values of the features before the classifier fall, over a whole split as it is;
 *  "train" is what the trial was trained on. */
export async function rank(context: AnalysisContext, solution: Solution, name: RankSplit): Promise<void> {
  const head = beginOn(context, solution);
  const { session, programs, analyses } = context;
  const { domain, problem, values, subject } = solution;
  const split = await domain.split(name === "train" ? "trainAll" : "test");
  const normalisation = await session.domain(domain.id).normalisation();
  const sizes = chunkSizes(split);
  const compiled = programs.of("rank", programKey(solution, sizes), () => features(session.engine, problem, sizes));
  const chunks = imageChunks(split, normalisation, session.openBatches);
  const pause = context.begin(`rank of ${name}`, Math.ceil(split.count / sizes[0]!));
  const gram = await compiled.gram(values, chunks, pause);
  const found = singularValues(gram);
  const id = rankId(name, subject.cell.id);
  if (analyses.has(id)) return;
  analyses.write<"rank">(
    {
      kind: "rank",
      ...head(id, { split: name }),
      split: name,
      images: split.count,
      features: gram.width,
      score: lowRankScore(found),
      entropy: spectralEntropy(found),
    },
    { singular_values: normalised(found).map((value, index) => ({ index, value })) },
  );
}
