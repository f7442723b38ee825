import type { ResolvedConfig } from "../config/load.js";
import { notice } from "./print.js";

/** Says which of the learned files that a config applies are of earlier numerics. */
export async function noticeEarlierLearned(config: ResolvedConfig, quiet: boolean): Promise<void> {
  if (quiet) return;
  const { earlierLearned } = await import("../runs/plan/given-learned.js");
  const { numericsInWords } = await import("../records/numerics.js");
  for (const { method, path, numerics } of earlierLearned(config))
    notice(`learnedFiles.${method} ${path}: learned with ${numericsInWords(numerics)}; applied as it is`);
}
