import { describe, expect, test } from "vitest";
import { logAxis } from "../../../src/reporting/figures/parallel-axes.js";
import { textWidth } from "../../../src/reporting/figures/font.js";
import { parallelCoordinates } from "../../../src/reporting/figures/parallel.js";
import { plan } from "../../records/fixtures.js";
import { triedPoint } from "../fixtures.js";

describe("a logarithmic axis", () => {
  test("has 0 at its foot, and equal ratios equally far apart above it", () => {
    const { at, ticks } = logAxis("Weight decay", [0.01, 0, 0.1, 0.001], 100);
    expect(at(0)).toBe(100);
    expect(at(0.1)).toBe(0);
    expect(at(0.001)).toBeLessThan(100);
    expect(at(0.01)).toBeCloseTo(at(0.001) / 2, 9);
    expect(ticks.map(({ label }) => label)).toEqual(["0", "10⁻³", "0.01", "0.1"]);
  });

  test("without 0 reaches its foot; many values are marked by powers of ten, near ones by one label", () => {
    const many = Array.from({ length: 30 }, (_none, i) => 0.0003 * 1.3 ** i);
    const { at, ticks } = logAxis("Learning rate", many, 100);
    expect(at(0.0003)).toBe(100);
    expect(ticks.map(({ label }) => label)).toEqual(["10⁻³", "0.01", "0.1"]);
    expect(logAxis("Learning rate", [0.1, 0.101, 1], 100).ticks.map(({ label }) => label)).toEqual(["0.1", "1"]);
  });

  test("of one value has it in the middle", () => expect(logAxis("Weight decay", [0.1, 0.1], 100).at(0.1)).toBe(50));
});

test("a point is a line, the chosen one a thick one with a dot; values and names can be read", () => {
  const points = [
    triedPoint("sgd", "rotated-mnist/0", 0.1, 0, 0.75, { winner: true }),
    triedPoint("sgd", "rotated-mnist/0", 0.01, 1e-4, 0.5),
    triedPoint("adam", "rotated-mnist/0", 0.01, 0, 0.8, { winner: true }),
    triedPoint("adam", "rotated-mnist/15", 0.01, 0, 0.1, { diverged: 1 }),
  ];
  const methods = [
    { id: "sgd", title: "SGD" },
    { id: "adam", title: "<b>" },
  ];
  const { svg, alt } = parallelCoordinates(plan([], { methods }), points, "x", "double");
  expect(svg.match(/<polyline /g)).toHaveLength(4);
  expect(svg.match(/<circle /g)).toHaveLength(2);
  expect(svg.match(/<g data-method="sgd"[^>]*stroke-width="2">/g)).toHaveLength(1);
  expect(svg).toContain("SGD, learning rate 0.1, weight decay 0: 75.0 %, chosen</title>");
  expect(svg).toContain("10.0 %, 1 of 1 run diverged");
  expect(svg).not.toContain("<b>");
  expect(alt).toContain("0 degrees: the best of 3 points is 80.0 %");
  expect(svg).toContain(alt);
});

test("no label is cut off, however long, also in a wider font", () => {
  const points = [0.00215, 0.00464].map((rate) => triedPoint("sgd", "rotated-mnist/0", rate, 0, 0.5));
  const { svg } = parallelCoordinates(plan([]), points, "x", "single");
  const labels = [...svg.matchAll(/<text x="([\d.-]+)"[^>]*text-anchor="end"[^>]*>([^<]*×[^<]*)</g)];
  expect(labels.map(([, , label]) => label)).toEqual(["2.15×10⁻³", "4.64×10⁻³"]);
  for (const [, x, label] of labels) expect(Number(x) - 1.15 * textWidth(label!, 7)).toBeGreaterThanOrEqual(0);
});
