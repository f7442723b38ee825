import { expect } from "vitest";

/** Numbers agree within a tolerance relative to the largest of those expected. */
export function closeTo(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(...Array.from(expected, Math.abs), Number.MIN_VALUE);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!) / scale;
    expect(error, `entry ${i}: ${actual[i]} against ${expected[i]}`).toBeLessThanOrEqual(tolerance);
  }
}

/** Gradient of a scalar function by central differences. */
export function centralDifferences(
  f: (inputs: Readonly<Record<string, Float64Array>>) => number,
  inputs: Readonly<Record<string, Float64Array>>,
  h = 1e-5,
): Record<string, Float64Array> {
  const moved = (name: string, i: number, by: number): number => {
    const values = inputs[name]!.slice();
    values[i]! += by;
    return f({ ...inputs, [name]: values });
  };
  return Object.fromEntries(
    Object.entries(inputs).map(([name, values]) => [
      name,
      values.map((_, i) => (moved(name, i, h) - moved(name, i, -h)) / (2 * h)),
    ]),
  );
}
