import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sampled, thin, type Place } from "../../../src/reporting/figures/thin.js";

const itself = (place: Place): Place => place;

describe("thin", () => {
  it("leaves out what lies on the line", () => {
    const straight = Array.from({ length: 1000 }, (_none, i) => ({ x: i / 999, y: i / 999 }));
    expect(thin(straight, itself)).toEqual([straight[0], straight.at(-1)]);
  });

  it("keeps a single spike among 27,000 points", () => {
    const flat = Array.from({ length: 27_000 }, (_none, i) => ({ x: i / 27_000, y: i === 12_345 ? 1 : 0.5 }));
    const kept = thin(flat, itself);
    expect(kept).toContainEqual({ x: 12_345 / 27_000, y: 1 });
    expect(kept.length).toBeLessThan(10);
  });

  it("keeps ends and extremes, and nothing left out is farther than the tolerance", () => {
    const share = fc.integer({ min: 0, max: 1000 }).map((n) => n / 1000);
    const place = fc.record({ x: share, y: share });
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 60 }), (points) => {
        const kept = thin(points, itself);
        expect([kept[0], kept.at(-1)]).toEqual([points[0], points.at(-1)]);
        for (const of of [({ x }: Place) => x, ({ y }: Place) => y])
          for (const extreme of [Math.min, Math.max]) expect(extreme(...kept.map(of))).toBe(extreme(...points.map(of)));
        for (const point of points)
          expect(
            Math.min(
              distanceTo(point, kept[0]!, kept[0]!),
              ...kept.slice(1).map((end, i) => distanceTo(point, kept[i]!, end)),
            ),
          ).toBeLessThanOrEqual(0.002 + 1e-12);
      }),
    );
  });

  it("samples evenly and ends with the last", () => {
    expect(sampled([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 3)).toEqual([3, 7, 10]);
    expect(sampled([1, 2], 3)).toEqual([1, 2]);
  });
});

function distanceTo({ x, y }: Place, a: Place, b: Place): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const along =
    dx === 0 && dy === 0 ? 0 : Math.min(1, Math.max(0, ((x - a.x) * dx + (y - a.y) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(x - a.x - along * dx, y - a.y - along * dy);
}
