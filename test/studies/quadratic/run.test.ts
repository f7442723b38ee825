import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadQuadratic } from "../../../src/studies/quadratic/settings.js";
import { Interrupted } from "../../../src/core/errors.js";
import { SILENT } from "../../../src/core/progress.js";
import { isKept, iterationsOn, ruleOf, selectRate, taskOf } from "../../../src/studies/quadratic/methods.js";
import { runQuadraticStudy } from "../../../src/studies/quadratic/run.js";
import { quadraticResult, type quadraticLearning } from "../../../src/studies/quadratic/record.js";
import { summarise, type QuadraticOutcome } from "../../../src/studies/quadratic/summary.js";
import { openAnalysisStore } from "../../../src/records/analysis-store.js";
import { scratchFolder } from "../../support/folder.js";

const load = (...set: string[]) => loadQuadratic({ config: "configs/quadratic.yaml", preset: "smoke", set });
const never = new AbortController().signal;
const run = (results: string, ...set: string[]): Promise<QuadraticOutcome> =>
  runQuadraticStudy(load(...set), { results, signal: never, progress: SILENT });

describe("the study", () => {
  const results = scratchFolder();

  test("learns per family and compares four methods twice; what is finished is not computed again", async () => {
    const { learned, results: compared, store, fresh } = await run(results);
    expect(fresh).toBe(18);
    expect(learned.map(({ family, preconditioner }) => [family, preconditioner.length])).toEqual([
      ["top", 2],
      ["bottom", 2],
    ]);
    expect(store.series<typeof quadraticLearning>(learned[0]!, "learning")).toHaveLength(20);
    expect(store.series<typeof quadraticLearning>(learned[0]!, "learning").at(-1)).toMatchObject({
      outer_step: 20,
      m0: learned[0]!.preconditioner[0],
      m1: learned[0]!.preconditioner[1],
    });
    expect(compared.map(({ family, variant, method }) => `${family} ${variant} ${method}`)).toHaveLength(16);
    for (const one of compared) {
      const tasks = store.series<typeof quadraticResult>(one, "tasks");
      expect(tasks).toHaveLength(3);
      expect(tasks.filter(({ converged }) => converged === 1)).toHaveLength(one.converged);
      const sum = tasks.reduce((total, { iterations }) => total + iterations!, 0);
      expect(one.meanIterations).toBeCloseTo(sum / 3, 10);
      const path = store.series<typeof quadraticResult>(one, "trajectory");
      expect(path[0]!.step).toBe(0);
      expect(path.at(-1)!.step).toBe(tasks[0]!.iterations);
      const [q, b] = [one.problem.q, one.problem.b];
      if (tasks[0]!.converged === 1) expect(path.at(-1)!.y).toBeCloseTo(b[1]! / (2 * q[1]!), 4);
    }
    const again = await run(results);
    expect(again.fresh).toBe(0);
    expect(again.results).toEqual(compared);
    // The test task of all methods is the same, and no task that was learned on.
    expect(new Set(compared.slice(0, 8).map(({ problem }) => JSON.stringify(problem))).size).toBe(1);
    const seen = Array.from({ length: 160 }, (_, i) => taskOf(load().value, "top", "meta-train", i).q[0]);
    expect(seen).not.toContain(compared[0]!.problem.q[0]);
    expect(new Set(seen).size).toBe(160);
  });

  test("is summed up by method and family", () => {
    const store = openAnalysisStore(join(results, "quadratic-smoke"));
    const rows = summarise(store, store.all(quadraticResult));
    for (const family of ["top", "bottom"]) {
      const tuned = rows.filter((row) => row.family === family && row.variant === "tuned");
      expect(tuned).toHaveLength(4);
      expect(tuned.reduce((sum, { wins }) => sum + wins, 0)).toBeLessThanOrEqual(3);
    }
  });

  test("is not mixed with another config's", async () => {
    await expect(run(results, "learning.k=0.1")).rejects.toThrow(
      /analyses of another config .*\n.*\n.*give it another name/,
    );
    expect((await run(results, "title=Another")).fresh).toBe(0);
  });
});

test("interrupted while learning, it goes on and comes to the same numbers", async () => {
  const [whole, broken] = [scratchFolder(), scratchFolder()];
  const expected = await run(whole);
  const stop = new AbortController();
  const progress = { ...SILENT, at: (step: number) => step === 5 && stop.abort() };
  await expect(runQuadraticStudy(load(), { results: broken, signal: stop.signal, progress })).rejects.toThrow(
    Interrupted,
  );
  const folder = join(broken, "quadratic-smoke", "analyses");
  const [id] = readdirSync(folder);
  expect(existsSync(join(folder, id!, "checkpoint", "progress.json"))).toBe(true);
  expect(existsSync(join(folder, id!, "record.json"))).toBe(false);
  const resumed = await run(broken);
  const numbers = ({ learned, results, store }: QuadraticOutcome): unknown => [
    learned.map((one) => [one.id, one.preconditioner, store.series<typeof quadraticLearning>(one, "learning")]),
    results.map((one) => [
      one.id,
      one.meanIterations,
      store.series<typeof quadraticResult>(one, "tasks"),
      store.series<typeof quadraticResult>(one, "trajectory"),
    ]),
  ];
  expect(numbers(resumed)).toEqual(numbers(expected));
  expect(existsSync(join(folder, id!, "checkpoint"))).toBe(false);
});

describe("comparing", () => {
  test("the learning rate is the one with the fewest iterations, the first among equals", async () => {
    const means = new Map([
      [0.1, 30],
      [0.2, 20],
      [0.3, 20],
    ]);
    const mean = (rate: number): Promise<number> => Promise.resolve(means.get(rate)!);
    expect(await selectRate([0.1, 0.2, 0.3], mean)).toBe(0.2);
  });

  test("a run that does not converge counts as the longest allowed", () => {
    const task = taskOf(load().value, "top", "meta-test", 0);
    const stop = { gradientNorm: 1e-4, maxIterations: 50 };
    const capped = { iterations: 50, converged: false };
    expect(iterationsOn(task, ruleOf("sgd", 1e-6, []), stop)).toEqual(capped);
    expect(iterationsOn(task, ruleOf("sgd", 1e9, []), stop)).toEqual(capped);
    expect(iterationsOn(task, ruleOf("metamd", 1, [0.6, 28]), { ...stop, maxIterations: 10_000 }).converged).toBe(true);
  });

  test("long paths are thinned out", () => {
    const kept = Array.from({ length: 30_001 }, (_, step) => step).filter(isKept);
    expect(kept).toHaveLength(1000 + 900 + 201);
    expect(kept.slice(998, 1002)).toEqual([998, 999, 1000, 1010]);
  });
});
