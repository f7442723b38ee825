import { expect, test } from "vitest";
import { decideTheSame } from "../../src/records/plan-difference.js";

const held = {
  methods: ["sgd", "metamd"],
  methodSettings: { metamd: { momentum: 0 }, adam: { beta1: 0.9 } },
  variants: { heavy: { of: "metamd", methodSettings: { momentum: 0.9 } } },
};

test("settings of a variant decide its own numbers, and no others'", () => {
  const now = { ...held, variants: { heavy: { of: "metamd", methodSettings: { momentum: 0.5 } } } };
  expect(decideTheSame(held, now, "metamd/heavy")).toBe(false);
  expect(decideTheSame(held, now, "metamd")).toBe(true);
  expect(decideTheSame(held, now, "sgd")).toBe(true);
});

test("settings of a method decide its variants' numbers too", () => {
  const now = { ...held, methodSettings: { ...held.methodSettings, metamd: { momentum: 0.1 } } };
  expect(decideTheSame(held, now, "metamd/heavy")).toBe(false);
  expect(decideTheSame(held, now, "metamd")).toBe(false);
  expect(decideTheSame(held, now, "adam")).toBe(true);
});

test("what all methods share decides everybody's numbers; what a plan grows by, nobody's", () => {
  expect(decideTheSame(held, { ...held, training: { steps: 10 } }, "sgd")).toBe(false);
  expect(decideTheSame(held, { ...held, methods: ["sgd"], trials: 9 }, "sgd")).toBe(true);
});
