import { describe, expect, test } from "vitest";
import { isLeftOut, withoutLargeDecompositions } from "../../../src/engine/left-out.js";
import { tensorFrom } from "../../../src/engine/memory.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { symmetricEigen } from "../../../src/engine/ops.js";
import { createModel } from "../../../src/models/index.js";
import { scaledProbe } from "../../../src/runs/plan/scaled-probe.js";
import { engineOrNone } from "../../support/engines.js";

const native = await engineOrNone("tensorflow");

test("only large decompositions are left out, and only for the time of a measurement", async () => {
  await openNamedEngine("reference");
  const identity = (side: number): Float64Array =>
    Float64Array.from({ length: side * side }, (_unused, i) => (i % (side + 1) === 0 ? 3 : 0));
  const valuesOf = (side: number): number[] => [
    ...symmetricEigen(tensorFrom(identity(side), { shape: [side, side], dtype: "float32" })).values.dataSync(),
  ];
  const { result, sides } = withoutLargeDecompositions(() => [valuesOf(2), valuesOf(1001)]);
  expect(sides).toEqual([1001]);
  expect(result).toEqual([[3, 3], new Array(1001).fill(3)]);
  expect(() =>
    withoutLargeDecompositions(() => {
      throw new Error("stopped");
    }),
  ).toThrow("stopped");
  expect(isLeftOut(1001)).toBe(false);
});

describe.skipIf(native === undefined)("K-FAC's steps", () => {
  test("have the time of large decompositions scaled, and that of others as it is", async () => {
    const engine = await openNamedEngine("tensorflow");
    const probeOf = (width: number): ReturnType<typeof scaledProbe> =>
      scaledProbe(engine, createModel({ kind: "mlp", hidden: [width] }, [2, 2, 1], 3), "kfac", 4, undefined);
    const [wide, narrow] = [probeOf(1100), probeOf(20)];
    expect(narrow.compilingMore).toBe(0);
    expect(wide.compilingMore).toBeGreaterThan(0);
    expect(wide.timeAt(1)).toBeGreaterThan(wide.compilingMore);
    wide.dispose();
    narrow.dispose();
  });
});
