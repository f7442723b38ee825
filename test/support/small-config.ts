import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** The least that is an experiment; runs of it take moments. */
export const SMALL_CONFIG = `name: t
suite:
  domains: [synthetic-rotated/0, synthetic-rotated/75]
  protocol: { metaTest: [synthetic-rotated/75] }
  limits: { trainImages: 200, validationImages: 100, testImages: 100 }
model: { kind: mlp, hidden: [16] }
training: { batchSize: 20, steps: 5, aucWindowSteps: 1 }
methods: [sgd]
tuning:
  space: { learningRate: [0.1], weightDecay: [0.0001] }
trials: 1
`;

/** Writes it with more lines, or with something in place of something else. @returns its path. */
export function writeSmallConfig(folder: string, more = "", replaced = "", by = ""): string {
  if (!SMALL_CONFIG.includes(replaced)) throw new Error(`the small config has no ${replaced}`);
  const path = join(folder, `config-${number++}.yaml`);
  writeFileSync(path, SMALL_CONFIG.replace(replaced, by) + more);
  return path;
}
let number = 0;
