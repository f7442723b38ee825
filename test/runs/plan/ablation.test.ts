import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../../src/core/files.js";
import { loadConfig } from "../../../src/config/load.js";
import { makePlan } from "../../../src/runs/plan/make-plan.js";
import { selectCells } from "../../../src/runs/plan/select-cells.js";
import type { Plan } from "../../../src/records/plan.js";
import { readLearned } from "../../../src/records/learned.js";
import { openRunStore } from "../../../src/records/store.js";
import { readExperiment } from "../../../src/reporting/experiment.js";
import { METRICS, measureTrials } from "../../../src/reporting/measured/trials.js";
import { metamd } from "../../support/binary.js";
import { scratchFolder } from "../../support/folder.js";
import { drill } from "../../support/require.js";

const file = join(packageRoot(), "configs", "ablation.yaml");
const planOf = (preset: string, ...set: string[]): Plan =>
  makePlan(loadConfig({ config: file, preset, set }), "no-data");

describe("plan of variants", () => {
  const plan = planOf("synthetic");
  const of = (method: string, phase: string): Plan["cells"] =>
    plan.cells.filter((cell) => cell.method === method && cell.phase === phase);

  test("every variant is learned, tuned and tested like a method", () => {
    const variants = plan.methods.filter(({ id }) => id.startsWith("metamd/"));
    expect(variants).toHaveLength(17);
    for (const { id } of variants) {
      expect(of(id, "meta-train"), id).toHaveLength(id === "metamd/momentum" ? 0 : 1);
      expect(of(id, "tune"), id).toHaveLength(4);
      expect(of(id, "trial"), id).toHaveLength(3);
    }
    const momentum = of("metamd/momentum", "trial")[0]!.dependsOn;
    expect(momentum).toContain(of("metamd", "meta-train")[0]!.id);
  });

  test("the Neumann series takes its step from M, so that no row is SGD by construction", () => {
    const { variants = {} } = loadConfig({ config: file });
    const inverses = Object.values(variants).flatMap(({ metaTraining }) => metaTraining?.inverse ?? []);
    expect(inverses).toEqual([
      { kind: "neumann", alpha: "from-m", terms: 20, scaled: true },
      { kind: "neumann", alpha: "from-m", terms: 200, scaled: true },
      { kind: "neumann", alpha: "from-m", terms: 20, scaled: false },
      { kind: "neumann", alpha: "from-m", terms: 20, scaled: true },
    ]);
  });

  test("runs of a variant are those of the method with its settings", () => {
    const swapped = planOf(
      "synthetic",
      "metaTraining.metamd.mode=ift-only",
      "variants.ift-only.metaTraining.mode=alg2",
    );
    const ids = (held: Plan, method: string): string[] =>
      held.cells.filter((cell) => cell.method === method).map(({ id }) => id);
    expect(ids(plan, "metamd/ift-only")).toEqual(ids(swapped, "metamd"));
    expect(ids(plan, "metamd")).toEqual(ids(swapped, "metamd/ift-only"));
  });

  test("one of them can be chosen, with what it needs", () => {
    const cells = selectCells(plan, { method: "metamd/momentum" });
    expect(new Set(cells.map(({ phase, method }) => `${phase} ${method}`))).toEqual(
      new Set(["meta-train metamd", "tune metamd/momentum", "trial metamd/momentum"]),
    );
  });
});

drill("the real program learns variants apart and gives each a row", async () => {
  const folder = scratchFolder();
  const { code, stderr } = await metamd(
    folder,
    ...["run", "--config", file, "--preset", "smoke", "--engine", "wasm", "--jobs", "1", "--quiet"],
  );
  expect(stderr).toBe("");
  expect(code).toBe(0);
  const results = join(folder, "results");
  const { plan } = readExperiment(results, "ablation-smoke");
  const store = openRunStore(results, "ablation-smoke");
  const learned = (method: string): ReturnType<typeof readLearned> =>
    readLearned(
      store.learnedFile(plan.cells.find((cell) => cell.phase === "meta-train" && cell.method === method)!.id),
    );
  const [usual, direct] = [learned("metamd"), learned("metamd/direct")];
  expect([usual.method, direct.method]).toEqual(["metamd", "metamd"]);
  expect([usual.settings.mode, direct.settings.mode]).toEqual(["alg2", "direct"]);
  expect(direct.values).not.toEqual(usual.values);
  const table = measureTrials(readExperiment(results, "ablation-smoke"), METRICS.auc);
  expect([...table.rows.keys()]).toEqual(plan.methods.map(({ id }) => id));
  const auc = new Map([...table.rows].map(([method, cells]) => [method, cells[0]!.mean!]));
  for (const value of auc.values()) expect(Number.isFinite(value)).toBe(true);
  for (const id of ["metamd/direct", "metamd/momentum", "metamd/horizon-100"])
    expect(auc.get(id), id).not.toBe(auc.get("metamd"));
  const [short, unrolled] = [learned("metamd/horizon-20"), learned("metamd/unrolled-20")];
  expect(unrolled.settings).toEqual({ ...short.settings, mode: "unrolled" });
  expect(unrolled.values).not.toEqual(short.values);
});
