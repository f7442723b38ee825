/** Runs of `SMALL`. */
export const SMALL_CELLS = 6;
/** An experiment that takes a second or two. */
export const SMALL = `name: small
suite:
  domains: [synthetic-rotated/0, synthetic-rotated/15]
  protocol: { metaTest: [synthetic-rotated/15] }
  limits: { trainImages: 200, validationImages: 100, testImages: 100 }
model: { kind: mlp, hidden: [48] }
training: { batchSize: 50, steps: 60, aucWindowSteps: 10 }
methods: [sgd, adam]
tuning: { seeds: 1, space: { learningRate: [0.01], weightDecay: [0.0001] } }
trials: 2
`;
