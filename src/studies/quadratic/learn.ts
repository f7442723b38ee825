import { join } from "node:path";
import { z } from "zod";
import { quadraticLearning, type QuadraticLearning } from "./record.js";
import type { FamilyName, QuadraticConfig } from "./settings.js";
import { learnDiagonal, preconditionerOf, type DiagonalProgress, type DiagonalRow } from "./diagonal.js";
import type { AnalysisStore } from "../../records/analysis-store.js";
import { readCheckpoint, removeCheckpoint, writeCheckpoint } from "../../records/checkpoint.js";
import { measured } from "../../records/number.js";
import { taskOf } from "./methods.js";
import type { Ground } from "../shared/ground.js";
import type { OwnConfig } from "../shared/own-config.js";
import { beginAnalysis } from "../shared/begin.js";

/** Seconds between checkpoints of learning. */
const CHECKPOINT_SECONDS = 10;

/** Learning's progress on disk; u and Adam's moments are the checkpoint's tensors. */
const storedProgress = z.strictObject({
  outerStep: z.int(),
  adamSteps: z.int(),
  curve: z.array(z.record(z.string(), measured)),
  wallMilliseconds: z.number(),
});

/** What is learned. */
interface Learning {
  readonly family: FamilyName;
  readonly id: string;
  /** All that decides its numbers. */
  readonly settings: Record<string, unknown>;
}

/** Learns a family's preconditioner, from its checkpoint if it has one, and writes the analysis.
 *  @throws Interrupted after a checkpoint. */
export async function learnFamily(
  config: OwnConfig<QuadraticConfig>,
  store: AnalysisStore,
  { family, id, settings }: Learning,
  { signal, progress }: Pick<Ground, "signal" | "progress">,
): Promise<QuadraticLearning> {
  const { learning, families } = config.value;
  const checkpoints = join(store.folderOf(id), "checkpoint");
  const held = readCheckpoint(checkpoints, storedProgress);
  const { elapsed, head } = beginAnalysis(quadraticLearning, config, {
    id,
    settings,
    before: held?.progress.wallMilliseconds,
  });
  progress.begin(`learning, ${family}`, learning.outerSteps);
  const end = await learnDiagonal(
    {
      dimension: families[family]!.curvature.length,
      task: (number) => taskOf(config.value, family, "meta-train", number),
      signal,
      onStep: (step, objective) => progress.at(step, `objective ${objective.toPrecision(4)}`),
      checkpointSeconds: CHECKPOINT_SECONDS,
      checkpoint: ({ u, moments, outerStep, adamSteps, curve }) => {
        const rows = curve.map((row) => ({ ...row }));
        const stored = { outerStep, adamSteps, curve: rows, wallMilliseconds: elapsed() };
        writeCheckpoint(checkpoints, storedProgress, { tensors: { u, ...moments }, progress: stored });
      },
    },
    learning,
    held && resumed(held.progress, held.tensors),
  );
  const record: QuadraticLearning = {
    ...head(),
    family,
    hypergradient: learning.hypergradient,
    preconditioner: [...preconditionerOf(end)],
  };
  store.write(quadraticLearning, record, { learning: end.curve });
  removeCheckpoint(checkpoints);
  return record;
}

function resumed(
  { outerStep, adamSteps, curve }: z.output<typeof storedProgress>,
  { u, ...moments }: Readonly<Record<string, unknown>>,
): DiagonalProgress {
  return {
    outerStep,
    adamSteps,
    u: u as Float64Array,
    moments: moments as Record<string, Float64Array>,
    curve: curve as unknown as DiagonalRow[],
  };
}
