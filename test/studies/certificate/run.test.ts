import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadCertificate } from "../../../src/studies/certificate/settings.js";
import { loadQuadratic } from "../../../src/studies/quadratic/settings.js";
import { EXIT, Interrupted, UserError } from "../../../src/core/errors.js";
import { SILENT } from "../../../src/core/progress.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { certifyQuadratics } from "../../../src/studies/certificate/quadratics.js";
import { runCertificate } from "../../../src/studies/certificate/run.js";
import { runQuadraticStudy } from "../../../src/studies/quadratic/run.js";
import { metamdSettings } from "../../../src/meta/metamd/settings.js";
import type { QuadraticLearning } from "../../../src/studies/quadratic/record.js";
import type { Ground } from "../../../src/studies/shared/ground.js";
import { NUMERICS } from "../../../src/records/numerics.js";
import { openRunStore } from "../../../src/records/store.js";
import { writeCertificate } from "../../../src/studies/certificate/table.js";
import { plan, record, runIdOf } from "../../records/fixtures.js";
import { scratchFolder } from "../../support/folder.js";

const config = "configs/certificate.yaml";
const load = (preset: string, ...set: string[]) => loadCertificate({ config, preset, set });
const notices: string[] = [];
const ground = (results: string): Ground => ({
  results,
  data: join(results, "no-data"),
  openEngine: () => openNamedEngine("reference"),
  signal: new AbortController().signal,
  progress: SILENT,
  onNotice: (text) => notices.push(text),
});
const never = new AbortController().signal;
const learnFirst = (results: string) =>
  runQuadraticStudy(loadQuadratic({ config: "configs/quadratic.yaml", preset: "smoke" }), {
    results,
    signal: never,
    progress: SILENT,
  });

describe("part A", () => {
  const study = loadQuadratic({ config: "configs/quadratic.yaml" }).value;
  const learned = { top: [0.047, 0.957], bottom: [0.0024, 0.954] };
  const learnings = Object.entries(learned).map(
    ([family, preconditioner]) => ({ family, preconditioner, config: study }) as unknown as QuadraticLearning,
  );

  test("has the numbers derived for it", async () => {
    const { value } = load("paper", "quadratics.tasks=[32]", "quadratics.steps=[10000]");
    const rows = await certifyQuadratics(value, learnings, () => Promise.resolve());
    const found = rows.map((row) => [
      row.setting,
      row.preconditioner,
      row.suboptimality,
      row.boundCorrected,
      row.boundPrinted,
    ]);
    const expected = [
      ["top", "identity", 3.8e-4, 1.01, 28.8],
      ["top", "learned", 4.0e-4, 20.6, 28.8],
      ["bottom", "identity", 1.19, 161, 4496],
      ["bottom", "learned", 1.17, 6.3e4, 4496],
    ] as const;
    for (const [i, [setting, matrix, left, corrected, printed]] of expected.entries()) {
      expect(found[i]!.slice(0, 2)).toEqual([setting, matrix]);
      // The left side is a mean over 500 drawn tasks, the bounds hardly depend on the draw.
      expect((found[i]![2] as number) / left).toBeGreaterThan(0.85);
      expect((found[i]![2] as number) / left).toBeLessThan(1.15);
      expect(Math.abs((found[i]![3] as number) / corrected - 1)).toBeLessThan(0.02);
      expect(Math.abs((found[i]![4] as number) / printed - 1)).toBeLessThan(0.005);
    }
    for (const row of rows)
      expect(row).toMatchObject({ coverageCorrected: 1, coveragePrinted: 1, violated: [], tasks: 32 });
  });

  test("says which conditions do not hold, and finds tasks beyond r unusable", async () => {
    const small = ["quadratics.tasks=[8]", "quadratics.steps=[100]", "quadratics.redraws=3", "quadratics.novelTasks=5"];
    const violated = async (...set: string[]): Promise<string[][]> => {
      const rows = await certifyQuadratics(load("paper", ...small, ...set).value, learnings, () => Promise.resolve());
      return rows.map((row) => row.violated);
    };
    expect((await violated("quadratics.stepShare=2"))[0]).toEqual(["eta above lambda/(2L)"]);
    expect((await violated("quadratics.smoothness=20"))[0]).toEqual(["a task steeper than L"]);
    expect(await violated("quadratics.families.top.c=0.5")).toEqual([[], ["|M - I| above C"], [], []]);
    await expect(violated("quadratics.families.top.r=1e-9")).rejects.toThrow("tasks in a row are farther than r");
  });

  test("a bound that fails is counted as such", async () => {
    const set = ["quadratics.steps=[100]", "quadratics.tasks=[8]", "quadratics.redraws=3", "quadratics.stepShare=50"];
    const rows = await certifyQuadratics(load("paper", ...set).value, learnings, () => Promise.resolve());
    for (const row of rows) {
      expect(row.violated).toEqual(["eta above lambda/(2L)"]);
      // Where M damps the steep direction, even these steps converge.
      const held = row.preconditioner === "learned" ? 1 : 0;
      expect(row).toMatchObject({ coveragePrinted: held, coverageCorrected: held });
      if (held === 0) expect(row.suboptimality).toBeGreaterThan(1e50);
    }
  });
});

describe("the study", () => {
  const results = scratchFolder();

  test("refuses part A before anything was learned, with the command that learns", async () => {
    const error: unknown = await runCertificate(load("smoke"), ground(results)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).exitCode).toBe(EXIT.usage);
    expect((error as UserError).message).toBe(
      `${join(results, "quadratic-smoke")}: no preconditioner was learned for top, bottom\n` +
        `  accepted: what the two-dimensional study learned at the same preset, with numerics ${NUMERICS}: part A's M\n` +
        "  hint: metamd quadratic --config configs/quadratic.yaml --preset smoke first, or --part B --part C",
    );
  });

  test("makes every part once, and its table of all of them", async () => {
    await learnFirst(results);
    const first = await runCertificate(load("smoke"), ground(results));
    expect(first.fresh).toBe(2);
    expect(first.records.map(({ part }) => part)).toEqual(["A", "B"]);
    expect(notices.at(-1)).toContain("part C: no meta-training of MetaMD in");
    const [quadratics, softmax] = first.records;
    expect(quadratics).toMatchObject({ engine: null, experiment: "certificate-smoke" });
    expect(softmax).toMatchObject({ engine: { name: "reference" }, dataTag: "synthetic" });
    for (const row of softmax!.rows) {
      expect(row.suboptimality!).toBeGreaterThan(0);
      expect(row.boundCorrected).toBeGreaterThan(row.suboptimality!);
      expect(row.violated).toEqual(["tasks not drawn independently"]);
      expect(row.sigmaSquared!).toBeLessThan(Math.log(10));
    }
    // M ≥ I: the learned divergence is the larger one.
    expect(softmax!.rows[1]!.meanDivergence).toBeGreaterThan(softmax!.rows[0]!.meanDivergence);

    const store = openRunStore(results, "deep");
    const cell = { phase: "meta-train" as const, id: runIdOf(7), method: "metamd", seed: 0, dependsOn: [] };
    const learnedRun = { ...cell, metaTrain: ["a", "b"], holdout: "c" };
    store.writePlan(plan([learnedRun], { experiment: "deep" }));
    const settings = { metaTraining: { metamd: metamdSettings.parse({ innerSteps: 20 }) } };
    const log = { bregman: 2, restDivergence: 0.5, distance: 3, displacement: 4, lastLoss: 0.1, divergedRuns: 1 };
    store.write(record(learnedRun, {}, { experiment: "deep", config: settings }), [log]);
    const third = await runCertificate(load("smoke", "parts=[C]"), ground(results));
    expect(third.fresh).toBe(1);
    expect(third.records[0]!.runs).toEqual([runIdOf(7)]);
    expect(third.records[0]!.rows[0]).toMatchObject({
      setting: "deep without c",
      preconditioner: "learned by metamd",
      // One of two runs diverged: means of the log count it as 0.
      tasks: 2,
      steps: 20,
      eta: 0.1,
      c: 3,
      r: 4,
      meanDivergence: 5,
      sigmaSquared: 0.2,
      violated: expect.arrayContaining(["non-convex", "C and r chosen after seeing the data"]) as string[],
    });

    const again = await runCertificate(load("smoke"), ground(results));
    expect(again.fresh).toBe(0);
    expect(again.records).toEqual([...first.records, ...third.records]);
    const folder = join(results, "certificate-smoke");
    expect(writeCertificate(folder, third.records)).toBe(join(folder, "certificate.csv"));
    const { parse } = await import("csv-parse/sync");
    const { readFileSync } = await import("node:fs");
    const rows: Record<string, string>[] = parse(readFileSync(join(folder, "certificate.csv")), { columns: true });
    expect(rows.map(({ part, M }) => `${part} ${M}`)).toEqual([
      ...["A identity", "A learned", "A identity", "A learned", "B identity", "B learned", "C learned by metamd"],
    ]);
    expect(Object.keys(rows[0]!).join()).toBe(
      "part,setting,M,n,T,eta,C,r,delta,mean_B,lhs,bound_printed,bound_corrected,coverage_printed,coverage_corrected,assumptions,numerics",
    );
    expect(rows[0]).toMatchObject({ assumptions: "hold", n: "8", T: "100", coverage_corrected: "1" });
    expect(rows[6]).toMatchObject({ lhs: "", coverage_printed: "", r: "4" });
  });

  test("leaves out runs whose log has no displacements, and runs of earlier numerics", async () => {
    const old = scratchFolder();
    const store = openRunStore(old, "deep");
    const cell = {
      phase: "meta-train" as const,
      id: runIdOf(8),
      method: "metamd",
      seed: 0,
      dependsOn: [],
      metaTrain: ["a"],
    };
    store.writePlan(plan([cell], { experiment: "deep" }));
    store.write(record(cell, {}, { experiment: "deep" }), [{ bregman: 1, distance: 1 }]);
    expect((await runCertificate(load("smoke", "parts=[C]"), ground(old))).records).toEqual([]);
    expect(notices.at(-2)).toBe(
      `part C leaves out deep/${runIdOf(8)}: its log has no displacements; meta-train it again`,
    );
    const earlier = scratchFolder();
    const of1 = { experiment: "deep", numerics: 1 };
    const whole = { bregman: 1, distance: 1, displacement: 1, restDivergence: 1 };
    openRunStore(earlier, "deep").writePlan(plan([cell], of1));
    openRunStore(earlier, "deep").write(record(cell, {}, of1), [whole]);
    expect((await runCertificate(load("smoke", "parts=[C]"), ground(earlier))).records).toEqual([]);
    expect(notices.at(-2)).toBe(`part C leaves out deep/${runIdOf(8)}: it is of numerics 1, before full batches`);
  });

  test("stops when asked to, and goes on", async () => {
    const results = scratchFolder();
    const part = load("smoke", "parts=[B]");
    const whole = await runCertificate(part, ground(scratchFolder()));
    const stop = new AbortController();
    const stopped = runCertificate(part, {
      ...ground(results),
      signal: stop.signal,
      progress: { ...SILENT, at: (_stage, label) => label.startsWith("averaged") && stop.abort() },
    });
    await expect(stopped).rejects.toThrow(Interrupted);
    const resumed = await runCertificate(part, ground(results));
    expect(resumed.records[0]!.rows).toEqual(whole.records[0]!.rows);
  });
});
