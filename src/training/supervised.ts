import { add, argMax, equal, mean, mul, sign, softmaxCrossEntropy, sum } from "../engine/ops.js";
import type { Model } from "../models/model.js";
import type { Problem, TargetSampler } from "./problem.js";

/** Classification: the mean softmax cross-entropy of a model's logits.
 *  Feeds: images [n, ...input] in [0, 1], labels integer [n]. */
export function supervised(model: Model): Problem {
  return {
    parameters: model.parameters,
    frozen: model.frozen,
    statistics: model.statistics,
    feeds: (batchSize) => ({
      images: { shape: [batchSize, ...model.input], dtype: "float32" },
      labels: { shape: [batchSize], dtype: "int32" },
    }),
    loss: (theta, { images, labels }, pass) => mean(softmaxCrossEntropy(model.forward(theta, images!, pass), labels!)),
    evaluate(theta, { images, labels }, statistics) {
      const logits = model.forward(theta, images!, { evaluation: true, statistics });
      const loss = sum(softmaxCrossEntropy(logits, labels!));
      // Logits that are no numbers have no largest one: their loss is NaN, and so is what would be counted as correct.
      return { loss, correct: add(sum(equal(argMax(logits), labels!)), mul(sign(loss), 0)) };
    },
    layers: model.layers,
    targets: labelSampler(model),
  };
}

/** Labels from the softmax of the logits: the largest of logit − log(−log u), u uniform (the Gumbel-max trick). */
const labelSampler = (model: Model): TargetSampler => ({
  noise: (batchSize) => ({ shape: [batchSize, model.classes], dtype: "float32" }),
  draw: (batchSize, uniform) =>
    Float64Array.from({ length: batchSize * model.classes }, () => -Math.log(-Math.log(uniform()))),
  sampled: (theta, feeds, noise, statistics) => ({
    ...feeds,
    labels: argMax(add(model.forward(theta, feeds.images!, { statistics }), noise)),
  }),
});
