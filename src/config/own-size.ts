import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { canonicalJson } from "../core/hash.js";
import { METHODS } from "../optimisers/index.js";
import { valueAt } from "./layers.js";
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
  const learners = new Set(config.methods.flatMap((id) => METHODS.of(id).learned?.by ?? []));
  const budgets = [...learners].flatMap((learner) => BUDGETS.map((key) => `metaTraining.${learner}.${key}`));
  return smallerKeys(config, shipped, {
    same: ["suite.limits", "suite.image", "model"],
    less: ["training.steps", "training.batchSize", "trials", ...budgets],
  });
}

/** The keys that decide how large something is. */
export interface SizeKeys {
  /** Any other value is another experiment. */
  readonly same: readonly string[];
  /** Numbers, lengths and lists, of which a smaller largest or fewer are less. */
  readonly less: readonly string[];
}

/** Those of the keys in which a config is smaller than, or built otherwise from, another. */
export const smallerKeys = (config: object, other: object, { same, less }: SizeKeys): string[] => [
  ...same.filter((key) => canonicalJson(heldAt(config, key) ?? null) !== canonicalJson(heldAt(other, key) ?? null)),
  ...less.filter((key) => shorter(heldAt(config, key), heldAt(other, key))),
];

const heldAt = (config: object, key: string): unknown => valueAt(config, key.split(".")).value;

/** Whether a number, a length or a list is less than another, as far as they compare. */
function shorter(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length < b.length || Math.max(...a) < Math.max(...b);
  if (!isLength(a) || !isLength(b)) return false;
  if (inEpochs(a) !== inEpochs(b)) return true;
  return Number.parseFloat(String(a)) < Number.parseFloat(String(b));
}

const isLength = (value: unknown): value is Length => typeof value === "number" || typeof value === "string";

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
