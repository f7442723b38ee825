import { describe, expect, test } from "vitest";
import { namedStream } from "../../../src/core/rng.js";
import type { Split } from "../../../src/data/dataset.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { mlp } from "../../../src/models/mlp.js";
import {
  parameterCount,
  softmaxLoss,
  softmaxSmoothness,
  sparseImages,
} from "../../../src/studies/certificate/softmax-regression.js";
import { supervised } from "../../../src/training/supervised.js";
import { centralDifferences, closeTo } from "../../support/numbers.js";
import { programOf } from "../../support/problems.js";

const CLASSES = 4;
const uniform = namedStream(0, "softmax");
const shape = { height: 3, width: 2, channels: 1 };
/** A third of the bytes are 0. */
const split: Split = {
  shape,
  count: 12,
  images: Uint8Array.from({ length: 72 }, () => Math.max(0, Math.floor(uniform() * 384) - 128)),
  labels: Uint16Array.from({ length: 12 }, () => Math.floor(uniform() * CLASSES)),
};
const images = sparseImages(split, CLASSES);
const theta = Float64Array.from({ length: parameterCount(images) }, () => uniform() - 0.5);

describe("softmax regression in double precision", () => {
  test("has the loss of the model on the engine of double precision", async () => {
    const problem = supervised(mlp({ hidden: [] }, [3, 2, 1], CLASSES));
    const program = programOf(await openNamedEngine("reference"), "sgd", problem, [12]);
    const weights = Float64Array.from({ length: 24 }, (_, at) => theta[(at % 6) * CLASSES + Math.floor(at / 6)]!);
    program.start({ "fc1.weight": weights, "fc1.bias": theta.slice(24) });
    const batch = {
      size: 12,
      feeds: {
        images: Float64Array.from(split.images as Uint8Array, (byte) => byte / 255),
        labels: Int32Array.from(split.labels),
      },
    };
    const loss = program.step(batch, 1, { learningRate: 0.1, weightDecay: 0 });
    program.dispose();
    expect(softmaxLoss(images, theta, 0, new Float64Array(theta.length))).toBeCloseTo(loss, 12);
  });

  test.each([
    ["all images", undefined],
    ["some images", Int32Array.of(1, 5, 11)],
  ])("its gradient is that of %s", (_name, rows) => {
    const spare = new Float64Array(theta.length);
    const gradient = new Float64Array(theta.length);
    softmaxLoss(images, theta, 0.03, gradient, rows);
    const slope = centralDifferences(({ theta }) => softmaxLoss(images, theta!, 0.03, spare, rows), { theta }).theta!;
    closeTo(gradient, slope, 1e-8);
  });

  test("L bounds the gradient by the loss, of single images too", () => {
    const smoothness = softmaxSmoothness(images, 0.03);
    const gradient = new Float64Array(theta.length);
    for (let i = 0; i < images.count; i++) {
      const loss = softmaxLoss(images, theta, 0.03, gradient, Int32Array.of(i));
      const square = gradient.reduce((sum, entry) => sum + entry * entry, 0);
      expect(square / 2).toBeLessThanOrEqual(smoothness * loss);
    }
    expect(smoothness).toBeGreaterThan(0.53);
  });

  test("takes only images in memory", () => {
    const stored = { ...split, images: { path: "none", places: new Int32Array(12) } };
    expect(() => sparseImages(stored, CLASSES)).toThrow("images in memory");
  });
});
