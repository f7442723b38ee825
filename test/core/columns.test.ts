import { describe, expect, test } from "vitest";
import { alignedColumns, wrapped } from "../../src/core/columns.js";

const TITLES = ["method", "accuracy in percent", "what it is"];
const ROWS = [
  ["SGD", "28.00 ± 9.90", "a step against the gradient"],
  ["Adam", "8.00 ± 2.83", "steps divided by a running root mean square"],
];
const widest = (lines: readonly string[]): number => Math.max(...lines.map((line) => line.length));

describe("columns", () => {
  test("are as wide as their cells where no width is given", () => {
    expect(alignedColumns(TITLES, ROWS)).toEqual([
      "method  accuracy in percent  what it is",
      "------  -------------------  -------------------------------------------",
      "SGD            28.00 ± 9.90  a step against the gradient",
      "Adam            8.00 ± 2.83  steps divided by a running root mean square",
    ]);
    expect(alignedColumns(TITLES, ROWS, undefined, 200)).toEqual(alignedColumns(TITLES, ROWS));
  });

  test("that are too wide wrap their texts, and of numbers only the headings", () => {
    expect(alignedColumns(TITLES, ROWS, undefined, 50)).toEqual([
      "method   accuracy in  what it is",
      "             percent",
      "------  ------------  ----------------------------",
      "SGD     28.00 ± 9.90  a step against the gradient",
      "Adam     8.00 ± 2.83  steps divided by a running",
      "                      root mean square",
    ]);
  });

  test("that do not fit all the same stand in further tables with the first column", () => {
    expect(alignedColumns(TITLES, ROWS, undefined, 30)).toEqual([
      "method  accuracy in percent",
      "------  -------------------",
      "SGD            28.00 ± 9.90",
      "Adam            8.00 ± 2.83",
      "",
      "method  what it is",
      "------  ----------------------",
      "SGD     a step against the",
      "        gradient",
      "Adam    steps divided by a",
      "        running root mean",
      "        square",
    ]);
  });

  test.each([20, 30, 40, 60, 80, 120])("never break a row at %i, and lose nothing", (width) => {
    const titles = [
      "a-rather-long-first-column/name",
      "n",
      "long words",
      ...Array.from({ length: 9 }, (_, i) => `rotated-mnist/${i}`),
    ];
    const rows = Array.from({ length: 4 }, (_, r) => [
      `row-${r}-${"x".repeat(45)}`,
      String(r),
      `word ${"abcdefghij".repeat(6)} end${r}`,
      ...Array.from({ length: 9 }, (_, c) => `${r}${c}.00 ± 1.00 (a,b)`),
    ]);
    const lines = alignedColumns(titles, rows, (place) => place === 1 || place > 2, width);
    expect(widest(lines)).toBeLessThanOrEqual(width);
    const all = lines.join("").replace(/[\s-]/g, "");
    for (let r = 0; r < 4; r++)
      for (let c = 0; c < 9; c++) if (width >= 40) expect(all).toContain(`${r}${c}.00±1.00(a,b)`);
  });
});

test("a text is wrapped between words; a longer word is broken", () => {
  expect(wrapped("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrapped("one two three", 7, "  ")).toEqual(["one two", "  three"]);
  expect(wrapped("abcdefghij kl", 4)).toEqual(["abcd", "efgh", "ij", "kl"]);
  expect(wrapped("", 4)).toEqual([""]);
});
