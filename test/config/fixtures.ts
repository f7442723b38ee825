import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A whole config; lines are counted in the tests. */
export const BASE = `name: small
suite:
  domains: [synthetic-rotated/0, synthetic-rotated/15]
  protocol: leave-one-out
model: { kind: mlp, hidden: [8] }
training:
  batchSize: 20
  steps: 100
methods: [sgd, adam, metamd]
tuning:
  space:
    learningRate: [0.1, 0.01]
    weightDecay: [0.0001]
    methods: { adam: { learningRate: [0.001] } }
trials: 2
presets:
  desk:
    training: { steps: 10 }
    tuning: { space: { learningRate: [0.5] } }
`;

/** Writes configs into a folder and gives their paths. */
export function configWriter(folder: string): (text: string) => string {
  let number = 0;
  mkdirSync(folder, { recursive: true });
  return (text) => {
    const path = join(folder, `config-${number++}.yaml`);
    writeFileSync(path, text);
    return path;
  };
}
