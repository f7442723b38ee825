import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { checkLearned, readLearned, writeLearned, type LearnedFile } from "../../src/records/learned.js";
import { readSafetensors, writeSafetensors } from "../../src/records/safetensors.js";
import { NUMERICS } from "../../src/records/numerics.js";
import { scratchFolder, userError } from "../support/folder.js";

const folder = scratchFolder();
const path = join(folder, "optimiser.safetensors");

const vector = (length: number, first: number): Float64Array => Float64Array.from({ length }, (_, i) => first + i / 7);
const LEARNED: LearnedFile = {
  numerics: NUMERICS,
  method: "metamd",
  run: "0123456789abcdef",
  settings: { gamma: 0.001, outerSteps: 25 },
  domains: ["mnist", "rotated-mnist/15"],
  model: { kind: "lenet" },
  parameters: { "conv1.weight": [5, 5, 1, 6], "conv1.bias": [6], "fc1.weight": [120, 400] },
  blocks: { "conv1.weight": { rows: 6, columns: 25 }, "fc1.weight": { rows: 120, columns: 400 } },
  shared: [],
  values: {
    "conv1.weight": { a: vector(25, 0), b: vector(6, 1) },
    "fc1.weight": { a: vector(400, 2), b: Float64Array.from(vector(120, 3)) },
  },
};
const rewrite = (metadata: Record<string, string>, name = "other.safetensors"): string => {
  const { tensors, metadata: held } = readSafetensors(path);
  const other = join(folder, name);
  writeSafetensors(other, { tensors, metadata: { ...held, ...metadata } });
  return other;
};

describe("learned file", () => {
  it("comes back as it was", () => {
    writeLearned(path, LEARNED);
    expect(readLearned(path)).toEqual(LEARNED);
    expect(Object.keys(readSafetensors(path).tensors)).toEqual([
      "conv1.weight/a",
      "conv1.weight/b",
      "fc1.weight/a",
      "fc1.weight/b",
    ]);
  });

  it("fits the model it was learned on", () => {
    expect(checkLearned(path, LEARNED, LEARNED.blocks)).toBeUndefined();
  });

  it.each([
    [
      "a block that the file has not",
      { ...LEARNED.blocks, "conv3.weight": { rows: 32, columns: 144 } },
      "no block given for layer conv3 (32x144)",
    ],
    [
      "a block of another size",
      { ...LEARNED.blocks, "fc1.weight": { rows: 256, columns: 784 } },
      "block of 120x400 given for layer fc1 (256x784)",
    ],
    [
      "a block that the model has not",
      { "fc1.weight": { rows: 120, columns: 400 } },
      "block given for layer conv1 (6x25), which the model does not have",
    ],
  ])("names %s", (_what, blocks, given) => {
    const error = userError(() => checkLearned("optimiser.safetensors", LEARNED, blocks));
    expect(error.exitCode).toBe(EXIT.usage);
    expect(error.message).toBe(
      `optimiser.safetensors: ${given}\n  accepted: conv1 6x25, fc1 120x400\n` +
        "  hint: set model.kind to lenet, or meta-train on this model",
    );
  });

  it("names a shared group that the file has not", () => {
    const shared = { ...LEARNED, blocks: {}, shared: ["linear"], values: { linear: { w: vector(3, 0) } } };
    writeLearned(path, shared);
    expect(readLearned(path)).toEqual(shared);
    expect(checkLearned(path, shared, {}, ["linear"])).toBeUndefined();
    const error = userError(() => checkLearned(path, shared, {}, ["linear", "convolution"]));
    expect(error.message).toContain("no values given for convolution\n  accepted: linear\n");
  });

  it("says the model's other settings where it has some", () => {
    const mlp = { ...LEARNED, model: { kind: "mlp", hidden: [32, 32] } };
    const error = userError(() => checkLearned(path, mlp, {}));
    expect(error.message).toContain('hint: set model to {"kind":"mlp","hidden":[32,32]}, or meta-train');
  });

  it.each([
    ["another format", { format: "pt" }, "not a learned optimiser"],
    ["another version", { schemaVersion: "2" }, "schemaVersion 2"],
    ["metadata that are no JSON", { domains: "[" }, "metadata domains: "],
    ["metadata of another form", { domains: "3" }, "metadata domains: "],
    ["a block without tensors", { blocks: '{"conv1.weight":{"rows":6,"columns":25}}' }, "tensor fc1.weight/a"],
    [
      "tensors without a block",
      { blocks: JSON.stringify({ ...LEARNED.blocks, "fc9.weight": { rows: 1, columns: 1 } }) },
      "no tensors of fc9.weight",
    ],
  ])("refuses %s", (_what, metadata, given) => {
    writeLearned(path, LEARNED);
    const other = rewrite(metadata);
    const error = userError(() => readLearned(other));
    expect(error.exitCode).toBe(EXIT.data);
    expect(error.message).toContain(`${other}: ${given}`);
  });
});
