import { expect, test } from "vitest";
import { slices } from "../../../src/reporting/figures/slices.js";
import type { TriedPoint } from "../../../src/reporting/tuning-trace.js";
import { plan, record, tuneCell } from "../../records/fixtures.js";
import { triedPoint } from "../fixtures.js";

const [ZERO, FIFTEEN] = ["rotated-mnist/0", "rotated-mnist/15"] as const;

/** A point of a search that goes from one to the next. */
function searched(index: number, rate: number, accuracy: number, more: Partial<TriedPoint> = {}): TriedPoint {
  const cell = { ...tuneCell(1 + index, "adam", ZERO, rate), learningRate: undefined, weightDecay: undefined };
  const runs = [record({ ...cell, search: { index } }, { validationAccuracy: accuracy })];
  return triedPoint("adam", ZERO, rate, 1e-4, accuracy, { index, runs, ...more });
}

const marks = (svg: string): string[] => svg.match(/<path data-point="[^>]*>/g) ?? [];
const opacities = (svg: string): (string | undefined)[] =>
  marks(svg).map((mark) => /fill-opacity="([^"]*)"/.exec(mark)?.[1]);

test("a point has a mark on every axis that the searches vary, and says what it is", () => {
  const points = [
    triedPoint("sgd", ZERO, 0.1, 0, 0.75, { winner: true }),
    triedPoint("sgd", ZERO, 0.01, 1e-4, 0.5),
    triedPoint("sgd", FIFTEEN, 0.01, 0, 0.1, { diverged: 1 }),
  ];
  const methods = [{ id: "sgd", title: "<b>" }];
  const { svg, alt } = slices(plan([], { methods }), points, "x", "double")!;
  expect(marks(svg).map((mark) => /data-point="(\d+)"/.exec(mark)![1])).toEqual(["1", "0", "1", "0", "2", "2"]);
  expect(svg.match(/>Learning rate<\/text>/g)).toHaveLength(2);
  expect(svg.match(/>Weight decay<\/text>/g)).toHaveLength(2);
  expect(svg).toContain("learning rate 0.1, weight decay 0: 75.0 %, chosen</title>");
  expect(svg).toContain("10.0 %, 1 of 1 run diverged");
  expect(svg).not.toContain("<b>");
  expect(svg).toContain(alt);
});

test("an axis of one value has no panel; without any there is no drawing", () => {
  const [one, other] = [triedPoint("sgd", ZERO, 0.1, 0, 0.75), triedPoint("sgd", ZERO, 0.01, 0, 0.5)];
  expect(slices(plan([]), [one, other], "x", "single")!.svg).not.toContain("Weight decay</text>");
  expect(slices(plan([]), [one], "x", "single")).toBeUndefined();
  const elsewhere = triedPoint("sgd", FIFTEEN, 0.01, 0, 0.5);
  expect(slices(plan([]), [one, elsewhere], "x", "single")).toBeUndefined();
});

test("the later a search tried a point, the fuller its colour; a grid has no order", () => {
  const methods = ["sgd", "adam"].map((id) => ({ id, title: id }));
  const search = [0.1, 0.2, 0.3].map((rate, i) => searched(i, rate, 0.5));
  expect(opacities(slices(plan([], { methods }), search, "x", "double")!.svg)).toEqual(["0.25", "0.63", "1"]);
  const grid = [0.1, 0.2, 0.3].map((rate) => triedPoint("sgd", ZERO, rate, 0, 0.5));
  expect(new Set(opacities(slices(plan([], { methods }), grid, "x", "double")!.svg)).size).toBe(1);
});

test("what a method chose lies above its other points, with a rim", () => {
  const chosen = searched(0, 0.1, 0.9, { winner: true });
  const { svg } = slices(
    plan([], { methods: [{ id: "adam", title: "Adam" }] }),
    [chosen, searched(1, 0.2, 0.5)],
    "x",
    "double",
  )!;
  expect(marks(svg).at(-1)).toContain('data-point="0" stroke-width');
});

test("labels that have no room are left out evenly", () => {
  const rates = Array.from({ length: 12 }, (_none, i) => 10 ** (i - 9));
  const points = rates.map((rate) => triedPoint("sgd", ZERO, rate, rate / 10, 0.5));
  const { svg } = slices(plan([]), points, "x", "single")!;
  const powers = [...svg.matchAll(/text-anchor="middle"[^>]*>(10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|[\d.]+)</g)].map(([, label]) => label);
  expect(powers.length).toBeGreaterThan(3);
  expect(powers.slice(0, 3)).toEqual(["10⁻⁹", "10⁻⁵", "0.1"]);
});
