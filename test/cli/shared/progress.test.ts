import { expect, test } from "vitest";
import { secondsLeft } from "../../../src/cli/shared/progress.js";

test("the time left follows the mean pace, and is not said before there is one", () => {
  expect(secondsLeft(10, 0.25, 0.5)).toBe(20);
  expect(secondsLeft(1, 0.25, 0.5)).toBeUndefined();
  expect(secondsLeft(100, 0.001, 0.9)).toBeUndefined();
  expect(secondsLeft(100, 0, 1)).toBeUndefined();
  expect(secondsLeft(100, 0.9, 0)).toBeUndefined();
});
