import { keysOf, schemaAt, type JsonSchema } from "./accepted.js";
import { dotted, type Path } from "./layers.js";

/** Where a config has what the field calls by another name. Names are without case, _ and -. */
const ALIASES: Readonly<Record<string, Path>> = {
  algorithms: ["methods"],
  arch: ["model"],
  architecture: ["model"],
  augment: ["suite", "augmentation"],
  batch: ["training", "batchSize"],
  batchsize: ["training", "batchSize"],
  checkpoints: ["keepWeights"],
  dataset: ["suite", "domains"],
  datasets: ["suite", "domains"],
  domains: ["suite", "domains"],
  epochs: ["training", "steps"],
  holdout: ["suite", "protocol"],
  imagesize: ["suite", "image", "size"],
  iterations: ["training", "steps"],
  learningrate: ["tuning", "space", "learningRate"],
  learningrates: ["tuning", "space", "learningRate"],
  lr: ["tuning", "space", "learningRate"],
  lrscheduler: ["training", "schedule"],
  maxsteps: ["training", "steps"],
  momentum: ["methodSettings", "sgd_momentum", "momentum"],
  network: ["model"],
  normalization: ["suite", "normalise"],
  normalize: ["suite", "normalise"],
  numepochs: ["training", "steps"],
  optimiser: ["methods"],
  optimisers: ["methods"],
  optimizer: ["methods"],
  optimizers: ["methods"],
  repeats: ["trials"],
  saveweights: ["keepWeights"],
  scheduler: ["training", "schedule"],
  steps: ["training", "steps"],
  wd: ["tuning", "space", "weightDecay"],
  weightdecay: ["tuning", "space", "weightDecay"],
};
/** What goes there besides. */
const HINTS: Readonly<Record<string, string>> = {
  epochs: ' It takes "10 epochs" too.',
  numepochs: ' It takes "10 epochs" too.',
  momentum: " Methods with momentum: metamd methods.",
};

/** The place of a key that the field knows by another name, and the hint that says it: "did you mean suite.domains?"
 *  Undefined for another key, and where the config has no such place, as that of a study.
 *  @param siblings the keys that are known where the key stands; one of them is meant before any other. */
export function aliasOf(
  json: JsonSchema,
  siblings: readonly string[],
  key: string,
): { readonly sibling: string | undefined; readonly hint: string } | undefined {
  const name = key.toLowerCase().replace(/[_-]/g, "");
  const path = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : undefined;
  if (path === undefined) return undefined;
  const last = String(path.at(-1));
  const sibling = siblings.includes(last) ? last : undefined;
  if (sibling === undefined && !keysOf(schemaAt(json, {}, path.slice(0, -1)), {}).includes(last)) return undefined;
  return { sibling, hint: `did you mean ${sibling ?? dotted(path)}?${HINTS[name] ?? ""}` };
}
