import { expect, test } from "vitest";
import { commonParts, imagesOf } from "../../src/core/counting.js";

test("images of a share are whole, whatever rounding the share has", () => {
  for (const images of [1000, 2007, 26_032])
    for (let correct = 0; correct <= images; correct++) expect(imagesOf(correct / images, images)).toBe(correct);
});

test("common parts of several wholes are their least common multiple, as long as they can be counted", () => {
  expect(commonParts([10_000, 2007])).toBe(20_070_000);
  expect(commonParts([3333, 100, 3333])).toBe(333_300);
  expect(commonParts([])).toBe(1);
  expect(commonParts([10_000, undefined])).toBeUndefined();
  expect(commonParts([10_007, 10_009, 10_037, 10_039])).toBeUndefined();
});
