import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig, type ResolvedConfig } from "../../../src/config/load.js";
import { estimateOf } from "../../../src/runs/plan/estimate.js";
import { makePlan } from "../../../src/runs/plan/make-plan.js";
import { refuseLongTrajectories } from "../../../src/meta/metamd/trajectories.js";
import { learningTrajectories } from "../../../src/runs/plan/learning-trajectories.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { createModel } from "../../../src/models/index.js";
import { openRunStore } from "../../../src/records/store.js";
import { BASE, configWriter } from "../../config/fixtures.js";
import { unrecorded } from "../../support/estimates.js";
import { scratchFolder, userError } from "../../support/folder.js";

const folder = scratchFolder();
const write = configWriter(folder);
const VARIANTS = "variants: { true: { of: metamd, metaTraining: { mode: unrolled, innerSteps: 20 } } }\n";
const config = (...set: string[]): ResolvedConfig => loadConfig({ config: write(BASE + VARIANTS), set });
/** 784 · 8 + 8 + 8 · 10 + 10 */
const PARAMETERS = 6370;
const model = createModel({ kind: "mlp", hidden: [8] }, [28, 28, 1], 10);

describe("what unrolled inner runs keep in memory", () => {
  test("is told for every row that is learned so", () => {
    const where = "variants.true.metaTraining.innerSteps";
    const kept = { id: "metamd/true", where, steps: 20, parameters: PARAMETERS };
    expect(learningTrajectories(config(), model, "float32")).toEqual([{ ...kept, bytes: 21 * PARAMETERS * 4 }]);
    expect(learningTrajectories(config(), model, "float64")).toEqual([{ ...kept, bytes: 21 * PARAMETERS * 8 }]);
    const both = config("metaTraining.metamd={mode: unrolled, innerSteps: 2}");
    expect(learningTrajectories(both, model, "float32").map(({ id, steps }) => [id, steps])).toEqual([
      ["metamd", 2],
      ["metamd/true", 20],
    ]);
  });

  test("is refused where it takes more than half of the memory", () => {
    const trajectories = learningTrajectories(config(), model, "float32");
    const { bytes } = trajectories[0]!;
    expect(() => refuseLongTrajectories(trajectories, 2 * bytes)).not.toThrow();
    const { message } = userError(() => refuseLongTrajectories(trajectories, bytes));
    expect(message).toContain(
      "variants.true.metaTraining.innerSteps: given 20: an unrolled run keeps 21 times 6370 parameters, 0.000535 GB\n" +
        "  accepted: 1 to 9, which takes half of this machine's memory\n  hint: lower it, or take a smaller model",
    );
    expect(userError(() => refuseLongTrajectories(trajectories, 1000)).message).toContain("accepted: nothing");
  });

  test("stops a plan, and is part of what another costs", async () => {
    const data = join(folder, "datasets");
    const long = config("variants.true.metaTraining.innerSteps=1000000000");
    expect(userError(() => makePlan(long, data)).message).toContain("variants.true.metaTraining.innerSteps");
    const [settings, store] = [config(), openRunStore(join(folder, "results"), "small")];
    const engine = await openNamedEngine("reference");
    const costs = (of: ResolvedConfig) =>
      estimateOf(makePlan(of, data), of, {
        ...unrecorded(of, data, store, engine),
        recorded: () => ({ step: 1, image: 0, rest: 1, memoryBytes: 1 }),
      });
    expect((await costs(settings)).trajectories).toEqual(learningTrajectories(settings, model, "float64"));
    expect((await costs(config("variants.true.metaTraining.mode=direct"))).trajectories).toEqual([]);
  });
});
