import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/core/errors.js";
import { loadConfig } from "../../../src/config/load.js";
import { LAST_BATCHES } from "../../../src/data/batches/order.js";
import type { Split, SplitName } from "../../../src/data/dataset.js";
import { restrict } from "../../../src/data/domain.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { metaTask } from "../../../src/runs/cell/meta-task.js";
import { makePlan } from "../../../src/runs/plan/make-plan.js";
import { openSession } from "../../../src/runs/cell/session.js";
import type { MetaTask } from "../../../src/meta/meta-learner.js";
import type { Batches } from "../../../src/training/problem.js";
import { BASE, configWriter } from "../../config/fixtures.js";
import { scratchFolder } from "../../support/folder.js";

const folder = scratchFolder();
const write = configWriter(folder);
/** Ten classes of 36 and 4 images. */
const LIMITS = "suite.limits={trainImages: 360, validationImages: 40}";

const fewer = (classes: number): string[] => [
  `suite.classesPerTask=${classes}`,
  "metaTraining.metamd.includeHead=false",
];
async function taskOf(...set: string[]): Promise<{ task: MetaTask; waits: number[] }> {
  const config = loadConfig({ config: write(BASE), set: [LIMITS, ...set] });
  const session = openSession(config, await openNamedEngine("reference"), join(folder, "datasets"));
  const waits: number[] = [];
  const domain = restrict(session.domain("synthetic-rotated/0"), ["trainAll"]);
  const task = await metaTask({ session, config }, domain, (wait) => waits.push(wait));
  session.close();
  return { task, waits };
}

/** A split's first image of every class alone. */
function oneOfEach(split: Split): Split {
  const first = [...new Set(split.labels)].map((label) => split.labels.indexOf(label));
  const [images, size] = [split.images as Uint8Array, (split.images as Uint8Array).length / split.count];
  const bytes = Uint8Array.from(first.flatMap((at) => [...images.subarray(size * at, size * (at + 1))]));
  const labels = Uint16Array.from(first, (at) => split.labels[at]!);
  return { ...split, count: first.length, images: bytes, labels };
}

it("with one image of every class, there is none to hold out for the outer loss, which is said", async () => {
  const config = loadConfig({ config: write(BASE), set: [LIMITS] });
  const session = openSession(config, await openNamedEngine("reference"), join(folder, "datasets"));
  const domain = restrict(session.domain("synthetic-rotated/0"), ["trainAll"]);
  const small = { ...domain, split: async (name: SplitName) => oneOfEach(await domain.split(name)) };
  const task = await metaTask({ session, config }, small, () => undefined);
  session.close();
  expect(() => task.outerBatches(1)).toThrow("hint: raise suite.limits.trainImages");
});

/** The images of some batches as text, by their label. */
function shown(batches: Batches, steps: number): Map<number, Set<string>> {
  const byLabel = new Map<number, Set<string>>();
  for (let t = 1; t <= steps; t++) {
    const { size, feeds } = batches.at(t);
    for (let i = 0; i < size; i++) {
      const label = feeds.labels![i]!;
      const image = JSON.stringify([...feeds.images!.subarray(784 * i, 784 * (i + 1))]);
      byLabel.set(label, (byLabel.get(label) ?? new Set()).add(image));
    }
  }
  batches.close();
  return byLabel;
}
const all = (byLabel: Map<number, Set<string>>): Set<string> =>
  new Set([...byLabel.values()].flatMap((own) => [...own]));

describe("classes of a meta-training task", () => {
  it("are drawn by the seed, renumbered, and shown in full batches", async () => {
    const { task } = await taskOf(...fewer(3));
    const head = Object.values(task.problem.parameters).filter((parameter) => parameter.head);
    expect(head.map(({ shape }) => shape[0])).toEqual([3, 3]);
    // 120 images of three classes: six batches of 20 are an epoch.
    const drawn = [0, 1, 2, 3].map((seed) => shown(task.batches(seed), 6));
    for (const byLabel of drawn) {
      expect([...byLabel.keys()].sort()).toEqual([0, 1, 2]);
      expect([...byLabel.values()].map(({ size }) => size)).toEqual([40, 40, 40]);
    }
    expect(all(shown(task.batches(0), 6))).toEqual(all(drawn[0]!));
    expect(new Set(drawn.map((byLabel) => [...all(byLabel)].sort().join())).size).toBeGreaterThan(1);
    for (const seed of [0, 1, 2]) expect(task.batches(seed).sizes).toEqual([20]);
  });

  it.each(LAST_BATCHES)("%s: fewer images than a batch are one batch, also of an outer loss", async (lastBatch) => {
    const { task } = await taskOf(...fewer(3), "training.batchSize=200", `training.lastBatch=${lastBatch}`);
    for (const [batches, images] of [
      [task.batches(1), 120],
      [task.innerBatches(1), 108],
      [task.outerBatches(1), 12],
    ] as const) {
      expect(batches).toMatchObject({ perEpoch: 1, sizes: [images] });
      expect(all(shown(batches, 1)).size).toBe(images);
    }
  });

  it.each([
    ["drop", 2, [50]],
    ["run-on", 2.4, [50]],
    ["partial", 3, [50, 20]],
  ] as const)("%s: 120 images in batches of 50 are %d batches of %j", async (lastBatch, perEpoch, sizes) => {
    const { task } = await taskOf(...fewer(3), "training.batchSize=50", `training.lastBatch=${lastBatch}`);
    expect(task.batches(1)).toMatchObject({ perEpoch, sizes });
  });

  it("are the same for the outer loss, on a tenth of them that the inner run does not see", async () => {
    const { task } = await taskOf(...fewer(3));
    const [inner, outer] = [shown(task.innerBatches(5, 7), 60), shown(task.outerBatches(6, 7), 3)];
    const whole = shown(task.batches(7), 6);
    for (const label of [0, 1, 2]) {
      expect(inner.get(label)!.size).toBe(36);
      expect(outer.get(label)!.size).toBe(4);
      expect(new Set([...inner.get(label)!, ...outer.get(label)!])).toEqual(whole.get(label));
    }
  });

  it("are all of them where nothing is said", async () => {
    const { task, waits } = await taskOf();
    expect(task.batches(0).perEpoch).toBe(20);
    const byLabel = shown(task.batches(0), 20);
    // 36 to train on and 4 to validate with.
    expect([...byLabel.values()].map(({ size }) => size)).toEqual(Array(10).fill(40));
    expect(waits).toHaveLength(20);
    expect(waits.every((wait) => wait >= 0)).toBe(true);
  });

  it("more than a domain has are an error that says which and how many, before anything runs", () => {
    const config = loadConfig({ config: write(BASE), set: fewer(20) });
    const ask = (): unknown => makePlan(config, join(folder, "datasets"));
    expect(ask).toThrow(UserError);
    expect(ask).toThrow(
      `suite.classesPerTask: given 20, but synthetic-rotated/15 has 10 classes
  accepted: 2 to 10
  hint: --set suite.classesPerTask=10, or take synthetic-rotated/15 out of what is learned on`,
    );
    try {
      ask();
    } catch (error) {
      expect((error as UserError).exitCode).toBe(2);
    }
  });
});

describe("augmentation of a meta-training task", () => {
  it("is that of metaTrain, and not that of metaTest", async () => {
    const plain = all(shown((await taskOf()).task.batches(0), 20));
    const other = await taskOf("suite.augmentation={metaTest: {crop: 4, flip: true}}");
    expect(all(shown(other.task.batches(0), 20))).toEqual(plain);
    const changed = await taskOf("suite.augmentation={metaTrain: {crop: 4, flip: true}}");
    expect(all(shown(changed.task.batches(0), 20))).not.toEqual(plain);
  });
});
