import { expect, test } from "vitest";
import type { LearnedFile } from "../../../src/records/learned.js";
import { NUMERICS } from "../../../src/records/numerics.js";
import { pytorchFile } from "../../../src/runs/take-home/pytorch-file.js";
import { inputScaling } from "../../../src/runs/take-home/input-scaling.js";
import { startingRate } from "../../../src/runs/take-home/tuned-rates.js";

/** A kernel [kh 1, kw 2, in 3, out 2], and a linear weight that takes its map of two places. */
const learned = (method: string, values: LearnedFile["values"]): LearnedFile => ({
  numerics: NUMERICS,
  method,
  run: "0123456789abcdef",
  settings: { innerLearningRate: 0.2 },
  domains: ["mnist"],
  model: { kind: "lenet" },
  parameters: { "conv.weight": [1, 2, 3, 2], "fc.weight": [2, 4], "fc.bias": [2] },
  blocks: { "conv.weight": { rows: 2, columns: 6 }, "fc.weight": { rows: 2, columns: 4 } },
  shared: [],
  values,
});
const tensors = (method: string, values: LearnedFile["values"], channels = 3): Record<string, unknown> => {
  const file = learned(method, values);
  const scaling = inputScaling({ normalise: "none" });
  const made = pytorchFile({ learned: file, channels, scaling, rates: [], start: startingRate(file, []) });
  return Object.fromEntries(
    Object.entries(made.tensors).map(([name, { shape, values }]) => [name, [shape, ...values]]),
  );
};
const counted = (count: number): Float64Array => Float64Array.from({ length: count }, (_, i) => i);

test("columns of a kernel are inputs, then places; those of a linear weight after it are channels, then places", () => {
  const a = { "conv.weight": { a: counted(6), b: counted(2) }, "fc.weight": { a: counted(4), b: counted(2) } };
  expect(tensors("metamd", a)).toEqual({
    "conv.weight/a": [[6], 0, 3, 1, 4, 2, 5],
    "conv.weight/b": [[2], 0, 1],
    "fc.weight/a": [[4], 0, 2, 1, 3],
    "fc.weight/b": [[2], 0, 1],
  });
});

test("what is shaped like a parameter is stored as PyTorch stores that", () => {
  const alpha = {
    "conv.weight": { alpha: counted(12) },
    "fc.weight": { alpha: counted(8) },
    "fc.bias": { alpha: counted(2) },
  };
  expect(tensors("meta_sgd", alpha)).toEqual({
    "conv.weight/alpha": [[2, 3, 1, 2], 0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11],
    "fc.weight/alpha": [[2, 4], 0, 2, 1, 3, 4, 6, 5, 7],
    "fc.bias/alpha": [[2], 0, 1],
  });
});

test("matrices along a side are ordered on both of theirs", () => {
  const held = { "fc.weight": { Mo: counted(4), Mi: counted(16) }, "conv.weight": { Mf: counted(4) } };
  expect(tensors("meta_curvature", held)).toEqual({
    "fc.weight/Mo": [[2, 2], 0, 1, 2, 3],
    "fc.weight/Mi": [[4, 4], 0, 2, 1, 3, 8, 10, 9, 11, 4, 6, 5, 7, 12, 14, 13, 15],
    "conv.weight/Mf": [[2, 2], 0, 1, 2, 3],
  });
});

test("without a kernel the first linear weight takes the image's channels", () => {
  const file = learned("metamd", { "fc1.weight": { a: counted(6), b: counted(1) } });
  const parameters = { "fc1.weight": [1, 6], "fc2.weight": [4, 1] };
  const scaling = inputScaling({ normalise: "imagenet" });
  const start = startingRate(file, []);
  const made = pytorchFile({ learned: { ...file, parameters }, channels: 3, scaling, rates: [], start });
  expect([...made.tensors["fc1.weight/a"]!.values]).toEqual([0, 3, 1, 4, 2, 5]);
  expect(made.metadata).toMatchObject({
    format: "metamd-pytorch",
    rule: "metamd",
    learningRate: "0.2",
    weightDecay: "0",
    rateFrom: "not tuned: the rate that it was learned at",
  });
  expect(JSON.parse(made.metadata.inputScaling!)).toMatchObject({ kind: "imagenet", mean: [0.485, 0.456, 0.406] });
  expect(made.metadata.layout).toContain("A kernel [out, in, kh, kw] is the matrix out x (in*kh*kw), row-major");
});

test("the starting rate is the method's tuned one, then any other row's", () => {
  const file = learned("metamd", {});
  const rate = (method: string, learningRate: number) => ({
    method,
    holdout: "d",
    learningRate,
    weightDecay: 1e-4,
    settings: {},
  });
  const rates = [rate("metamd_momentum", 0.1), rate("metamd", 0.5)];
  expect(startingRate(file, rates)).toEqual({ learningRate: 0.5, weightDecay: 1e-4, from: "tuned for metamd on d" });
  expect(startingRate(file, rates.slice(0, 1)).from).toBe("tuned for metamd_momentum on d");
});
