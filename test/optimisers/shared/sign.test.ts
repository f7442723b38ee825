import { describe, expect, test } from "vitest";
import { hostArray, tensorFrom, tidy } from "../../../src/engine/memory.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { createOptimiser } from "../../../src/optimisers/index.js";
import type { ScalarFeeds } from "../../../src/optimisers/optimiser.js";
import { signDecay, signDecayAt } from "../../../src/optimisers/shared/sign-agreement.js";

const at = (decay: unknown, steps: number): number[] =>
  Array.from({ length: steps }, (_, i) => Number(signDecayAt(signDecay.parse(decay), i + 1).toFixed(12)));
const { cos, PI } = Math;
const rounded = (values: number[]): number[] => values.map((value) => Number(value.toFixed(12)));

describe("decay of the sign agreement, from the first step on", () => {
  test.each([
    ["none", "none", [1, 1, 1]],
    ["linear", { kind: "linear", decaySteps: 4 }, [1, 0.75, 0.5, 0.25, 0, 0]],
    ["cosine", { kind: "cosine", decaySteps: 4 }, [1, (1 + cos(PI / 4)) / 2, 0.5, (1 + cos((3 * PI) / 4)) / 2, 0, 0]],
    ["cosine of two periods", { kind: "cosine", decaySteps: 4, periods: 2 }, [1, 0, 1, 0, 1, 1]],
    ["cosine that ends", { kind: "cosine", decaySteps: 4, periods: 2, zeroAfter: 1 }, [1, 0, 0, 0, 0, 0]],
    ["restart", { kind: "restart", decaySteps: 4 }, [1, (1 + cos(PI / 4)) / 2, 0.5, (1 + cos((3 * PI) / 4)) / 2, 1]],
    ["restart of two periods", { kind: "restart", decaySteps: 4, periods: 2 }, [1, 0.5, 1, 0.5, 1]],
    ["restart that ends", { kind: "restart", decaySteps: 4, periods: 2, zeroAfter: 1 }, [1, 0.5, 0, 0, 0]],
  ] as const)("%s", (_name, decay, expected) => {
    expect(at(decay, expected.length)).toEqual(rounded([...expected]));
  });
});

describe("multiplier where the signs agree, where one is zero, and where they disagree", () => {
  // The running mean starts at 0.9 of these, so that its sign is known whatever the gradient's is.
  const MEAN = Float64Array.of(10, 0, -10);
  const GRADIENT = Float64Array.of(1, 0, 1);
  test.each([
    ["power_sign", {}, [Math.E, 0, 1 / Math.E]],
    ["power_sign", { base: 2 }, [2, 0, 0.5]],
    ["add_sign", {}, [2, 0, 0]],
    ["add_sign", { alpha: 3 }, [4, 0, 2]],
  ] as const)("%s %o", async (id, settings, multipliers) => {
    await openNamedEngine("reference");
    tidy(() => {
      const vector = (values: Float64Array) => ({ w: tensorFrom(values, { shape: [3], dtype: "float32" }) });
      const scalar = (value: number) => tensorFrom(Float64Array.of(value), { shape: [], dtype: "float32" });
      const rule = createOptimiser(id, settings, { parameters: {} });
      const feeds = { learningRate: scalar(0.5), weightDecay: scalar(0) } as ScalarFeeds;
      const { step } = rule.update(vector(GRADIENT), { m: vector(MEAN) }, vector(new Float64Array(3)), feeds);
      const values = [...hostArray(step.w!)];
      expect(values.map((value) => value / -0.5 + 0)).toEqual(multipliers.map((m) => expect.closeTo(m, 12) as number));
      return [];
    });
  });
});
