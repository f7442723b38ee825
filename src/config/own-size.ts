import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { canonicalJson } from "../core/hash.js";
import { METHODS } from "../optimisers/index.js";
import { inEpochs, type Length } from "./length.js";
import { loadConfig, type ResolvedConfig } from "./load.js";
import { shippedConfigs } from "./shipped.js";

/** What decides how much a learner learns. */
const BUDGETS = ["outerSteps", "innerSteps", "episodes", "episodeSteps", "gradientEvaluations", "tasks"] as const;

/** Keys in which an experiment of the paper is smaller than, or built otherwise from, the shipped config of that experiment
 *  at the same preset: what it shows says nothing of the paper at that size. None for experiments of one's own. */
export function ownSize(config: ResolvedConfig): string[] {
  const shipped = shippedOf(config);
  if (shipped === undefined) return [];
  const keys: string[] = [];
  const other = (key: string, a: unknown, b: unknown): void => {
    if (canonicalJson(a ?? null) !== canonicalJson(b ?? null)) keys.push(key);
  };
  const less = (key: string, a: Length | undefined, b: Length | undefined): void => {
    if (shorter(a, b)) keys.push(key);
  };
  other("suite.limits", config.suite.limits, shipped.suite.limits);
  other("suite.image", config.suite.image, shipped.suite.image);
  other("model", config.model, shipped.model);
  less("training.steps", config.training.steps, shipped.training.steps);
  less("training.batchSize", config.training.batchSize, shipped.training.batchSize);
  less("trials", config.trials, shipped.trials);
  const learners = config.methods.flatMap((id) => METHODS.of(id).learned?.by ?? []);
  const budgetsOf = ({ metaTraining }: ResolvedConfig, learner: string): Readonly<Record<string, unknown>> => ({
    ...metaTraining[learner as keyof typeof metaTraining],
  });
  for (const learner of new Set(learners))
    for (const key of BUDGETS)
      less(
        `metaTraining.${learner}.${key}`,
        numberIn(budgetsOf(config, learner), key),
        numberIn(budgetsOf(shipped, learner), key),
      );
  return keys;
}

const numberIn = (of: Readonly<Record<string, unknown>>, key: string): number | undefined =>
  typeof of[key] === "number" ? of[key] : undefined;

/** Whether a run is shorter than another, as far as steps and epochs compare. */
function shorter(a: Length | undefined, b: Length | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  if (inEpochs(a) !== inEpochs(b)) return true;
  return Number.parseInt(String(a), 10) < Number.parseInt(String(b), 10);
}

/** The shipped config of the same experiment of the paper. */
function shippedOf({ experiment, preset }: ResolvedConfig): ResolvedConfig | undefined {
  if (experiment === undefined) return undefined;
  for (const path of shippedConfigs()) {
    const given = parse(readFileSync(path, "utf8"), { merge: true }) as Record<string, unknown>;
    if (given["experiment"] !== experiment) continue;
    const known = ["paper", ...Object.keys((given["presets"] as object | undefined) ?? {})];
    return loadConfig({ config: path, preset: known.includes(preset) ? preset : "paper" });
  }
  return undefined;
}
