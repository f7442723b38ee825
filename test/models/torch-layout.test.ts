import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import type { HostArray } from "../../src/engine/host.js";
import { createModel } from "../../src/models/index.js";
import { initialise } from "../../src/models/initialise.js";
import { everyParameter, type Model } from "../../src/models/model.js";
import { pretrained, stateDict, type Stored } from "../../src/models/torch-layout.js";
import { userError } from "../support/folder.js";

const build = (classes: number, freeze: "none" | "backbone" = "none"): Model =>
  createModel({ kind: "resnet18", width: 2, freeze }, [8, 8, 3], classes);
const valuesOf = (model: Model, seed: number): Record<string, HostArray> =>
  initialise({ ...everyParameter(model), ...model.statistics }, seed);
const model = build(3);
const weights = stateDict(model, valuesOf(model, 7));
const without = (name: string): Record<string, Stored> =>
  Object.fromEntries(Object.entries(weights).filter(([held]) => held !== name));
const message = (stored: Record<string, Stored>): string => {
  const error = userError(() => pretrained(model, stored, "w.safetensors"));
  expect(error.exitCode).toBe(EXIT.data);
  return error.message;
};

test("a kernel [kh, kw, in, out] is PyTorch's [out, in, kh, kw]", () => {
  const at = (kh: number, kw: number, i: number, o: number): number => 1000 * kh + 100 * kw + 10 * i + o;
  const ours = valuesOf(model, 0);
  const kernel = ours["conv1.weight"]!;
  for (let kh = 0, place = 0; kh < 7; kh++)
    for (let kw = 0; kw < 7; kw++)
      for (let i = 0; i < 3; i++) for (let o = 0; o < 2; o++) kernel[place++] = at(kh, kw, i, o);
  const { shape, values } = stateDict(model, ours)["conv1.weight"]!;
  expect(shape).toEqual([2, 3, 7, 7]);
  expect(values[0]).toBe(at(0, 0, 0, 0));
  expect(values[1]).toBe(at(0, 1, 0, 0));
  expect(values[7]).toBe(at(1, 0, 0, 0));
  expect(values[49]).toBe(at(0, 0, 1, 0));
  expect(values[147]).toBe(at(0, 0, 0, 1));
});

describe("pretrained weights", () => {
  test("there and back: the same numbers, whatever the seed, and frozen or not", () => {
    for (const freeze of ["none", "backbone"] as const) {
      const { model: taken, head } = pretrained(build(3, freeze), weights, "w");
      expect(head).toBe("taken");
      expect(valuesOf(taken, 1)).toEqual(valuesOf(model, 7));
    }
  });

  test("the classifier stays fresh where it is for other classes, or where there is none", () => {
    const other = build(5);
    for (const stored of [
      weights,
      Object.fromEntries(Object.entries(weights).filter(([name]) => !name.startsWith("fc."))),
    ]) {
      const { model: taken, head } = pretrained(other, stored, "w");
      expect(head).toBe("fresh");
      const [values, fresh] = [valuesOf(taken, 1), valuesOf(other, 1)];
      expect(values["fc.weight"]).toEqual(fresh["fc.weight"]);
      expect(values["fc.bias"]).toEqual(fresh["fc.bias"]);
      expect(values["layer4.1.conv2.weight"]).toEqual(valuesOf(model, 7)["layer4.1.conv2.weight"]);
    }
  });

  test("PyTorch's counters of batches are passed over, and only those", () => {
    const counter = { shape: [], values: Float64Array.of(3) };
    expect(pretrained(model, { ...weights, "bn1.num_batches_tracked": counter }, "w").head).toBe("taken");
    expect(message({ ...weights, "bn9.num_batches_tracked": counter })).toContain(
      "bn9.num_batches_tracked: unexpected",
    );
  });

  test("all that does not fit is listed at once, with what is accepted", () => {
    const shape = [2, 3, 3, 3];
    const stored = {
      ...without("bn1.running_var"),
      "conv1.weight": { shape, values: new Float32Array(54) },
      "layer1.0.conv1.wieght": { shape: [1], values: new Float32Array(1) },
    };
    expect(message(stored)).toBe(
      [
        "w.safetensors conv1.weight: shape [2, 3, 3, 3]",
        "  accepted: shape [2, 3, 7, 7]",
        "  hint: take weights of this model, or set model.kind and model.width to theirs",
        "w.safetensors bn1.running_var: missing",
        "  accepted: shape [2]",
        "  hint: take weights of this model, or set model.kind and model.width to theirs",
        "w.safetensors layer1.0.conv1.wieght: unexpected",
        "  accepted: the names of the model: conv1.weight, bn1.weight, bn1.bias, … layer4.1.bn2.running_var",
        "  hint: did you mean layer1.0.conv1.weight?",
      ].join("\n"),
    );
  });

  test("half a classifier, or one of another width, is no classifier for other classes", () => {
    expect(message(without("fc.bias"))).toContain("fc.bias: missing");
    const narrow = { shape: [9, 4], values: new Float32Array(36) };
    const bias = { shape: [9], values: new Float32Array(9) };
    expect(message({ ...weights, "fc.weight": narrow, "fc.bias": bias })).toContain("fc.weight: shape [9, 4]");
  });
});
