import {
  add,
  argMax,
  concat,
  equal,
  mean,
  mul,
  sign,
  softmaxCrossEntropy,
  split,
  sum,
  type Tensor,
} from "../engine/ops.js";
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
    evaluate(theta, { images, labels }, statistics, atOnce) {
      const logits = inParts(images!, atOnce, (x) => model.forward(theta, x, { evaluation: true, statistics }));
      const loss = sum(softmaxCrossEntropy(logits, labels!));
      // Logits that are no numbers have no largest one: their loss is NaN, and so is what would be counted as correct.
      return { loss, correct: add(sum(equal(argMax(logits), labels!)), mul(sign(loss), 0)) };
    },
    layers: model.layers,
    targets: labelSampler(model),
  };
}

/** f of parts of x of about equal size, side by side. @param atOnce examples of a part, at most; absent: all. */
function inParts(x: Tensor, atOnce: number | undefined, f: (part: Tensor) => Tensor): Tensor {
  const n = x.shape[0]!;
  const count = atOnce === undefined ? 1 : Math.ceil(n / atOnce);
  if (count === 1) return f(x);
  const begins = (part: number): number => Math.floor((part * n) / count);
  const sides = Array.from({ length: count }, (_unused, part) => begins(part + 1) - begins(part));
  return concat(split(x, sides, 0).map(f), 0);
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
