import { describe, expect, test } from "vitest";
import { isLeftOut, withoutLargeMatrices } from "../../../src/engine/left-out.js";
import { tensorFrom } from "../../../src/engine/memory.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { inverse, symmetricEigen, type Tensor } from "../../../src/engine/ops.js";
import { createModel } from "../../../src/models/index.js";
import type { Model } from "../../../src/models/model.js";
import { OPTIMISERS } from "../../../src/optimisers/index.js";
import { scaledProbe } from "../../../src/runs/plan/scaled-probe.js";
import { engineOrNone } from "../../support/engines.js";

const native = await engineOrNone("tensorflow");

test("only large matrices are left out, and only for the time of a measurement", async () => {
  await openNamedEngine("reference");
  const identity = (side: number): Float64Array =>
    Float64Array.from({ length: side * side }, (_unused, i) => (i % (side + 1) === 0 ? 3 : 0));
  const matrix = (side: number): Tensor => tensorFrom(identity(side), { shape: [side, side], dtype: "float32" });
  const valuesOf = (side: number): number[] => [...symmetricEigen(matrix(side)).values.dataSync()];
  const firstOf = (side: number): number => inverse(matrix(side), 1).dataSync()[0]!;
  const { result, leftOut } = withoutLargeMatrices(() => [valuesOf(2), valuesOf(1001), firstOf(2), firstOf(1002)]);
  expect(leftOut).toEqual([
    { work: "decomposition", side: 1001 },
    { work: "inverse", side: 1002 },
  ]);
  expect(result).toEqual([[3, 3], new Array(1001).fill(3), 0.25, 3]);
  expect(() =>
    withoutLargeMatrices(() => {
      throw new Error("stopped");
    }),
  ).toThrow("stopped");
  expect(isLeftOut("decomposition", 1001)).toBe(false);
});

describe.skipIf(native === undefined)("K-FAC's steps", () => {
  test.each(["eigen", "tikhonov"])(
    "by %s have the time of large matrices scaled, of others as it is",
    async (inverse) => {
      const engine = await openNamedEngine("tensorflow");
      const model = (width: number): Model => createModel({ kind: "mlp", hidden: [width] }, [2, 2, 1], 3);
      const probeOf = (width: number): ReturnType<typeof scaledProbe> =>
        scaledProbe(engine, model(width), "kfac", 4, { ...OPTIMISERS.kfac.settings.parse({}), inverse });
      const [wide, narrow] = [probeOf(1100), probeOf(20)];
      expect(narrow.compilingMore).toBe(0);
      expect(wide.compilingMore).toBeGreaterThan(0);
      expect(wide.timeAt(1)).toBeGreaterThan(wide.compilingMore);
      wide.dispose();
      narrow.dispose();
    },
  );
});
