import { expect, test } from "vitest";
import { minimise } from "../../../src/studies/certificate/minimise.js";

/** ½ Σ h_i (x_i − 1)², conditioned like 1e4. */
const stretched = (x: Float64Array, g: Float64Array): number =>
  x.reduce((sum, entry, i) => {
    const h = 10 ** ((4 * i) / (x.length - 1));
    g[i] = h * (entry - 1);
    return sum + 0.5 * h * (entry - 1) ** 2;
  }, 0);

test("finds the minimum of an ill-conditioned function, and says what it cost", async () => {
  const start = new Float64Array(50);
  let pauses = 0;
  const pause = (): Promise<void> => (pauses++, Promise.resolve());
  const found = await minimise(stretched, start, { gradientNorm: 1e-8, most: 5000 }, pause);
  expect(found.gradientNorm).toBeLessThanOrEqual(1e-8);
  for (const entry of found.x) expect(entry).toBeCloseTo(1, 7);
  expect(found.value).toBeLessThan(1e-15);
  expect(found.evaluations).toBeGreaterThan(pauses);
  expect(pauses).toBeGreaterThan(10);
  expect(start.every((entry) => entry === 0)).toBe(true);
});

test("gives up after so many evaluations, and where nothing is gained", async () => {
  const start = new Float64Array(50);
  await expect(minimise(stretched, start, { gradientNorm: 1e-8, most: 5 })).rejects.toThrow("after 5 evaluations");
  const wrong = (x: Float64Array, g: Float64Array): number => {
    g.fill(-1);
    return x.reduce((sum, entry) => sum + entry, 0);
  };
  await expect(minimise(wrong, start, { gradientNorm: 1e-8, most: 5000 })).rejects.toThrow("no step brings");
});

test("stops where it begins at the minimum", async () => {
  const found = await minimise(stretched, new Float64Array(3).fill(1), { gradientNorm: 1e-8, most: 10 });
  expect(found.evaluations).toBe(1);
});
