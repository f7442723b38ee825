import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  features,
  lowRankScore,
  normalised,
  singularValues,
  spectralEntropy,
  type Gram,
} from "../../../src/studies/rank/features.js";
import { packageRoot } from "../../../src/core/files.js";
import { tensorCount } from "../../../src/engine/memory.js";
import { initialise } from "../../../src/models/initialise.js";
import { everyParameter } from "../../../src/models/model.js";
import { eachEngine } from "../../support/engines.js";
import { closeTo } from "../../support/numbers.js";
import { frozenResnet, p0, randomBatch, smallLenet, smallMlp, smallResnet } from "../../support/problems.js";

interface Golden {
  readonly rank: { features: number[][]; singularValues: number[]; score: number; entropy: number };
}
/** Made by scripts/golden/hessian.py. */
const { rank: golden } = JSON.parse(
  readFileSync(join(packageRoot(), "test", "golden", "hessian.json"), "utf8"),
) as Golden;

function gramOf(...rows: readonly (readonly number[])[]): Gram {
  const width = rows[0]!.length;
  const entry = (i: number, j: number): number => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0);
  const matrix = Float64Array.from({ length: width * width }, (_, at) => entry(Math.floor(at / width), at % width));
  return { matrix, width, rows: rows.length };
}

describe("the rank of a matrix", () => {
  test("is PyTorch's", () => {
    const values = singularValues(gramOf(...golden.features));
    closeTo(values, golden.singularValues, 1e-12);
    closeTo([lowRankScore(values), spectralEntropy(values)], [golden.score, golden.entropy], 1e-12);
  });

  test("does not depend on the scale of the features", () => {
    const score = (by: number): number =>
      lowRankScore(singularValues(gramOf(...golden.features.map((row) => row.map((x) => by * x)))));
    expect(score(1e-6)).toBeCloseTo(score(1), 10);
  });

  test("of one direction has the score 0, of equal ones the entropy ln n", () => {
    const one = singularValues(gramOf([1, 2], [2, 4]));
    expect(one[1]).toBeLessThan(1e-7);
    expect(lowRankScore(one)).toBeCloseTo(0, 6);
    const equal = singularValues(gramOf([3, 0, 0], [0, 3, 0], [0, 0, 3]));
    expect(lowRankScore(equal)).toBeCloseTo(0, 12);
    expect(spectralEntropy(equal)).toBeCloseTo(Math.log(3), 12);
  });

  test("has as many singular values as rows or columns; of nothing but zeros the score is 0", () => {
    expect(singularValues(gramOf([1, 0, 0, 0], [0, 2, 0, 0]))).toHaveLength(2);
    const none = singularValues(gramOf([0, 0], [0, 0]));
    expect([...normalised(none), lowRankScore(none), spectralEntropy(none)]).toEqual([0, 0, 0, 0]);
  });
});

await eachEngine(({ use }) => {
  test.each([
    ["MLP", smallMlp, 6, 4],
    ["LeNet", smallLenet, 84, 10],
    ["ResNet18", smallResnet, 16, 3],
    ["ResNet18 with a frozen backbone", frozenResnet, 16, 3],
  ] as const)("the features of %s are what its classifier sees", async (_name, problem, width, classes) => {
    const engine = await use();
    const before = tensorCount();
    const values = initialise({ ...everyParameter(problem), ...problem.statistics }, 1);
    const batches = [randomBatch(problem, 5, classes, 1), randomBatch(problem, 3, classes, 2)];
    const compiled = features(engine, problem, [5, 3]);
    let told = 0;
    const gram = await compiled.gram(values, batches, () => Promise.resolve(void told++));
    compiled.dispose();
    expect(gram).toMatchObject({ width, rows: 8 });
    expect(told).toBe(2);
    for (let i = 0; i < width; i++) expect(gram.matrix[i * width + i]).toBeGreaterThanOrEqual(0);
    expect(singularValues(gram)[0]).toBeGreaterThan(0);
    expect(tensorCount()).toBe(before);
  });

  test("a problem without a classifier is refused", async () => {
    const engine = await use();
    expect(() => features(engine, p0, [1])).toThrow("no features");
  });
});
