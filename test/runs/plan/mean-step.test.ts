import { expect, test } from "vitest";
import { meanStep } from "../../../src/runs/plan/mean-step.js";
import type { MethodProbe } from "../../../src/training/step-probe.js";

/** Steps of 1 ms, every tenth of 8 and every hundredth of 100; the first of each kind takes 50 more. */
function uneven(): MethodProbe & { readonly timed: number[] } {
  const cost = (t: number): number => (t % 100 === 0 ? 100 : t % 10 === 0 ? 8 : 1);
  const seen = new Set<number>();
  const timed: number[] = [];
  return {
    timed,
    run: () => [],
    kindAt: (t) => String(cost(t)),
    timeAt(t) {
      timed.push(t);
      const first = !seen.has(cost(t));
      seen.add(cost(t));
      return cost(t) + (first ? 50 : 0);
    },
    dispose: () => undefined,
  };
}

test("rare long steps count as often as they come", () => {
  expect(meanStep(uneven(), 100, 1000).mean).toBeCloseTo((90 + 9 * 8 + 100) / 100, 12);
  expect(meanStep(uneven(), 99, 1000).mean).toBeCloseTo((90 + 9 * 8) / 99, 12);
});

test("what the first step of a kind takes more is told apart", () => {
  expect(meanStep(uneven(), 100, 1000).warming).toBe(150);
  expect(meanStep(uneven(), 9, 1000).warming).toBe(50);
});

test("a kind is timed until it was seen for long enough, and twice at least", () => {
  const probe = uneven();
  const { mean } = meanStep(probe, 100, 20);
  expect(meanStep(uneven(), 100, 0).mean).toBe(mean);
  expect(probe.timed.filter((t) => t % 100 === 0)).toHaveLength(2);
  expect(probe.timed.filter((t) => t % 10 !== 0)).toHaveLength(16);
});
