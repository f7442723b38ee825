import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadHypergradient } from "../../../src/studies/hypergradient/settings.js";
import { EXIT, Interrupted, UserError } from "../../../src/core/errors.js";
import type { ProgressReporter } from "../../../src/core/progress.js";
import { SILENT } from "../../../src/core/progress.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { runHypergradients } from "../../../src/studies/hypergradient/run.js";
import type { Hypergradients } from "../../../src/studies/hypergradient/record.js";
import type { Ground } from "../../../src/studies/shared/ground.js";
import { scratchFolder } from "../../support/folder.js";

const load = (...set: string[]) =>
  loadHypergradient({ config: "configs/hypergradient.yaml", preset: "smoke", set: ["model.hidden=[6,5]", ...set] });
const ground = (results: string, more: Partial<Ground<Hypergradients>> = {}): Ground<Hypergradients> => ({
  results,
  data: join(results, "no-data"),
  openEngine: () => openNamedEngine("reference"),
  signal: new AbortController().signal,
  progress: SILENT,
  ...more,
});
/** What an analysis came to, without when and how long. */
const numbersOf = ({ rows, points, seed, id }: Hypergradients): object => ({ rows, points, seed, id });

describe("the comparison of hypergradients", () => {
  const results = scratchFolder();

  test("finds Algorithm 2 exact after one step, and the other modes multiples of it", async () => {
    const { records, fresh } = await runHypergradients(load(), ground(results));
    expect(fresh).toBe(2);
    expect(records.map(({ seed }) => seed)).toEqual([0, 1]);
    const layers = ["fc1.weight", "fc2.weight", "fc3.weight", "all"];
    for (const { rows, points, horizons, dataTag, engine } of records) {
      expect({ horizons, dataTag, engine }).toMatchObject({
        horizons: [1, 3],
        dataTag: "synthetic",
        engine: { precision: "float64" },
      });
      expect(points.map(({ point, losses }) => [point, losses.length])).toEqual([
        ["first", 2],
        ["learned", 2],
      ]);
      expect(points[0]!.blocks["fc1.weight"]!.s).toBeCloseTo(0.09, 12);
      expect(points[1]!.blocks["fc1.weight"]!.s).not.toBeCloseTo(0.09, 3);
      expect(rows.map(({ layer }) => layer)).toEqual([...layers, ...layers, ...layers, ...layers]);
      for (const { horizon, modes, point } of rows) {
        const { alg2, direct, eq13, "ift-only": iftOnly, neumann } = modes as Record<string, Agreement>;
        if (horizon === 1) {
          expect(alg2!.cosine).toBeCloseTo(1, 12);
          expect(alg2!.lengthRatio).toBeCloseTo(1, 12);
        } else {
          expect(alg2!.cosine).toBeGreaterThan(0.5);
          expect(alg2!.cosine).toBeLessThan(1 - 1e-9);
        }
        for (const [mode, sign, times] of [
          [direct, -1, 1],
          [eq13, -1, 2],
          [iftOnly, 1, 2],
        ] as const) {
          expect(mode!.cosine).toBeCloseTo(sign * alg2!.cosine, 12);
          expect(mode!.lengthRatio).toBeCloseTo(times * alg2!.lengthRatio, 12);
        }
        // With 20 terms and M near I the series is near the exact inverse, never equal to it.
        if (point === "first") expect(Math.abs(neumann!.cosine - alg2!.cosine)).toBeLessThan(1e-3);
      }
    }
  });

  test("goes on with more seeds, and takes what is finished", async () => {
    const made: number[] = [];
    const more = ground(results, { onFinished: ({ seed }) => made.push(seed) });
    const { records, fresh } = await runHypergradients(load("seeds=3"), more);
    expect([fresh, made, records.length]).toEqual([1, [2], 3]);
    const again = await runHypergradients(load("seeds=3"), {
      ...ground(results),
      openEngine: () => Promise.reject(new Error("not needed")),
    });
    expect(again).toMatchObject({ records, fresh: 0 });
  });

  test("refuses a folder of another config", async () => {
    const error: unknown = await runHypergradients(load("batchSize=9"), ground(results)).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).exitCode).toBe(EXIT.usage);
  });
});

interface Agreement {
  readonly cosine: number;
  readonly lengthRatio: number;
}

test("weighed blocks change the true derivative's mixture of layers, and no step of the run", async () => {
  const one = async (...set: string[]): Promise<Hypergradients> =>
    (await runHypergradients(load("seeds=1", ...set), ground(scratchFolder()))).records[0]!;
  const [raw, weighed] = [await one(), await one("normalise=true")];
  expect(weighed.points).toEqual(raw.points);
  const cosines = ({ rows }: Hypergradients, horizon: number): number[] =>
    rows.flatMap((row) => (row.horizon === horizon ? [row.modes["alg2"]!.cosine] : []));
  for (const cosine of cosines(weighed, 1)) expect(cosine).toBeCloseTo(1, 12);
  expect(cosines(weighed, 3)).not.toEqual(cosines(raw, 3));
});

test("an interrupted seed goes on from its last outer step to the same numbers", async () => {
  const settings = load("seeds=1", "learning.outerSteps=3");
  const [whole, parts] = [scratchFolder(), scratchFolder()];
  const expected = await runHypergradients(settings, ground(whole));
  const stop = new AbortController();
  let seen = 0;
  // The spectral start takes 5 steps; the interruption comes in the second outer step.
  const progress: ProgressReporter = { ...SILENT, at: () => void (++seen === 10 && stop.abort()) };
  const stopped = runHypergradients(settings, ground(parts, { signal: stop.signal, progress }));
  await expect(stopped).rejects.toThrow(Interrupted);
  const folder = join(parts, "hypergradient-smoke", "analyses", expected.records[0]!.id);
  expect(existsSync(join(folder, "checkpoint"))).toBe(true);
  const resumed = await runHypergradients(settings, ground(parts));
  expect(resumed.records.map(numbersOf)).toEqual(expected.records.map(numbersOf));
  expect(existsSync(join(folder, "checkpoint"))).toBe(false);
});

test("a run that diverges is told of with what to lower", async () => {
  const wild = load("learning.innerLearningRate=1e4", "learning.initialisation=random", "horizons=[30]");
  const error: unknown = await runHypergradients(wild, ground(scratchFolder())).catch((thrown: unknown) => thrown);
  expect((error as UserError).message).toMatch(
    /inner run with the first M: diverged after \d+ steps\n {2}hint: lower learning\.innerLearningRate or the horizons/,
  );
  expect((error as UserError).exitCode).toBe(EXIT.runFailed);
});

test("a run that does not fit into memory is refused before anything is computed", async () => {
  const long = runHypergradients(load("horizons=[10000000]"), ground(scratchFolder()));
  await expect(long).rejects.toThrow(/horizons: given 10000000: an unrolled run keeps 10000001 times/);
});
