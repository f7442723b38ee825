import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import { LAST_BATCHES } from "../../../src/data/batches/order.js";
import type { SplitName } from "../../../src/data/dataset.js";
import type { Domain } from "../../../src/data/domain.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { makePlan } from "../../../src/runs/plan/make-plan.js";
import { runMetaTraining } from "../../../src/runs/cell/run-meta-training.js";
import { openSession } from "../../../src/runs/cell/session.js";
import type { MetaTrainCell } from "../../../src/records/plan.js";
import type { RunRecord } from "../../../src/records/record.js";
import { openRunStore } from "../../../src/records/store.js";
import { configWriter } from "../../config/fixtures.js";
import { scratchFolder } from "../../support/folder.js";

const folder = scratchFolder();
const write = configWriter(folder);
/** Half of the ten classes have 12 + 1 images, the others 13 + 1. */
const TEXT = `name: tiny
suite:
  domains: [synthetic-rotated/0, synthetic-rotated/15, synthetic-rotated/30]
  protocol: leave-one-out
  limits: { trainImages: 125, validationImages: 10, testImages: 10 }
  image: { size: 8, channels: 1 }
  normalise: meanstd
model: { kind: mlp, hidden: [4] }
training: { batchSize: 20, steps: 2 }
methods: [meta_sgd, meta_curvature, aruba, l2o, metamd]
metaTraining:
  meta_sgd: { gradientEvaluations: 100, warmupSteps: 3, unrollSteps: 2, includeHead: false }
  meta_curvature: { gradientEvaluations: 100, warmupSteps: 3, unrollSteps: 2, includeHead: false }
  aruba: { tasks: 8, innerSteps: 3, includeHead: false }
  l2o: { episodes: 4, episodeSteps: 4, unroll: 2, validateEvery: 2, validationEpisodes: 1 }
  metamd: { outerSteps: 4, innerSteps: 3, includeHead: false }
tuning: { space: { learningRate: [0.1], weightDecay: [0] } }
trials: 1
`;

interface Learned {
  readonly records: readonly RunRecord[];
  /** What was asked for: "synthetic-rotated/0 trainAll". */
  readonly opened: ReadonlySet<string>;
  readonly smallSets: RunRecord["data"]["smallSets"];
}

/** Learns every method with 30 degrees held out, and looks at what is opened. */
async function learnAll(...set: string[]): Promise<Learned> {
  const config = loadConfig({ config: write(TEXT), set });
  const plan = makePlan(config, folder);
  const store = openRunStore(join(folder, "results"), `tiny-${plan.configHash}`);
  const session = openSession(config, await openNamedEngine("wasm"), folder);
  const opened = new Set<string>();
  const watched = (domain: Domain): Domain => {
    const looked = <Result>(name: SplitName, result: () => Result): Result => {
      opened.add(`${domain.id} ${name}`);
      return result();
    };
    return {
      ...domain,
      split: (name) => looked(name, () => domain.split(name)),
      count: (name) => looked(name, () => domain.count(name)),
      countByClass: (name) => looked(name, () => domain.countByClass(name)),
    };
  };
  const cells = plan.cells.filter(
    (cell): cell is MetaTrainCell => cell.phase === "meta-train" && cell.holdout === "synthetic-rotated/30",
  );
  const records: RunRecord[] = [];
  for (const cell of cells) {
    const signal = new AbortController().signal;
    const watchedSession = { ...session, domain: (id: string) => watched(session.domain(id)) };
    const nothing = (): void => undefined;
    const context = { session: watchedSession, config, plan, store, signal, guard: nothing, onStep: nothing };
    records.push((await runMetaTraining(context, cell)).record);
  }
  session.close();
  return { records, opened, smallSets: plan.smallSets };
}

test("meta-training opens all training images of what is learned on, no test split and nothing of what is held out", async () => {
  const { records, opened } = await learnAll();
  expect(records.map(({ cell, state }) => [cell.method, state])).toEqual(
    ["meta_sgd", "meta_curvature", "aruba", "l2o", "metamd"].map((method) => [method, "done"]),
  );
  expect([...opened].sort()).toEqual(["synthetic-rotated/0 trainAll", "synthetic-rotated/15 trainAll"]);
});

test.each(LAST_BATCHES)(
  "%s: classes are drawn whose images, of varying number, are fewer than a batch",
  async (lastBatch) => {
    const { records, smallSets } = await learnAll(
      "suite.classesPerTask=3",
      "training.batchSize=64",
      `training.lastBatch=${lastBatch}`,
    );
    for (const { state } of records) expect(state).toBe("done");
    const small = (set: string, images: number): object[] =>
      ["synthetic-rotated/0", "synthetic-rotated/15"].map((domain) => ({
        domain,
        set,
        images,
        classes: 3,
        batchSize: 64,
      }));
    const said = (method: string): unknown => records.find(({ cell }) => cell.method === method)!.data.smallSets;
    expect(said("metamd")).toEqual(small("trainAll", 39));
    const parts = [...small("nine tenths of trainAll", 36), ...small("a tenth of trainAll", 3)];
    for (const method of ["meta_sgd", "meta_curvature", "l2o"])
      expect(said(method)).toEqual(expect.arrayContaining(parts));
    expect(smallSets).toEqual(expect.arrayContaining([...parts, ...small("trainAll", 39)]));
  },
);
