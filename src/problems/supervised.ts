import { argMax, equal, mean, softmaxCrossEntropy, sum } from "../engine/ops.js";
import type { Model } from "../models/model.js";
import type { Problem } from "./problem.js";

/** Classification: the mean softmax cross-entropy of a model's logits.
 *  Feeds: images [n, ...input] in [0, 1], labels integer [n]. */
export function supervised(model: Model): Problem {
  return {
    parameters: model.parameters,
    feeds: (batchSize) => ({
      images: { shape: [batchSize, ...model.input], dtype: "float32" },
      labels: { shape: [batchSize], dtype: "int32" },
    }),
    loss: (theta, { images, labels }) => mean(softmaxCrossEntropy(model.forward(theta, images!), labels!)),
    evaluate(theta, { images, labels }) {
      const logits = model.forward(theta, images!);
      return {
        loss: sum(softmaxCrossEntropy(logits, labels!)),
        correct: sum(equal(argMax(logits), labels!)),
      };
    },
  };
}
