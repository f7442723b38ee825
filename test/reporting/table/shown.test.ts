import { expect, test } from "vitest";
import { areBest } from "../../../src/reporting/table/shown.js";
import { mark, type Mark } from "../../../src/reporting/table/table.js";

/** Cells of a mean each; what diverged in every run is of the state given. */
const cells = (means: readonly (number | undefined)[], state = "done"): Parameters<typeof areBest>[0] =>
  means.map((mean) => ({
    mean,
    samples: [{ kind: "run", id: "", file: "", state, value: mean }],
    marks: marksOf(state),
  }));
const marksOf = (state: string): Mark[] =>
  state === "diverged" ? [mark("diverged", "2 diverged, counted as chance")] : [];

test("the best means of a column: all that are equal, rounding aside", () => {
  expect(areBest(cells([91, 92.5, undefined]), "higher")).toEqual([false, true, false]);
  expect(areBest(cells([0.1 + 0.2, 0.3, 0.4]), "lower")).toEqual([true, true, false]);
  expect(areBest(cells([Infinity, 2, 3]), "lower")).toEqual([false, true, false]);
});

test("none where nothing is better, or there is nothing to choose from", () => {
  expect(areBest(cells([91, 92]), undefined)).toEqual([false, false]);
  expect(areBest(cells([91, undefined, Infinity]), "higher")).toEqual([false, false, false]);
});

test("what diverged in every run is no best, whatever it counts as", () => {
  expect(areBest(cells([10, 10, 10], "diverged"), "higher")).toEqual([false, false, false]);
  const mixed = [...cells([10], "diverged"), ...cells([8, 7])];
  expect(areBest(mixed, "higher")).toEqual([false, true, false]);
});
