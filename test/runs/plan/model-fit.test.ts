import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import { EXIT } from "../../../src/core/errors.js";
import type { SplitName } from "../../../src/data/index.js";
import { LEARNER_IDS } from "../../../src/meta/index.js";
import { createModel } from "../../../src/models/index.js";
import { openRunStore } from "../../../src/records/store.js";
import { bytesOnDisk, refuseFullDisk } from "../../../src/runs/plan/disk.js";
import { makePlan } from "../../../src/runs/plan/make-plan.js";
import { imageBytes, refuseLargeSet } from "../../../src/runs/plan/large-sets.js";
import { learningBytes } from "../../../src/runs/plan/model-fit.js";
import { noticesOf } from "../../../src/runs/plan/notices.js";
import { openedDomains } from "../../support/domains.js";
import { scratchFolder, userError } from "../../support/folder.js";
import { SMALL, smallExperiment } from "../../support/small-experiment.js";

const folder = scratchFolder();
const config = join(folder, "small.yaml");
writeFileSync(config, SMALL);
const BOTH = ["suite.domains=[synthetic-digits,synthetic-textures/warm]", "suite.protocol=leave-one-out"];
const lenet = join(folder, "lenet.yaml");
writeFileSync(lenet, smallExperiment({ model: { kind: "lenet", hidden: undefined } }));
const load = (...set: string[]) => loadConfig({ config, set });
const refused = (...set: string[]): { message: string; exitCode: number } =>
  userError(() => makePlan(load(...set), folder));

describe("before the first step", () => {
  test("a domain whose images the model does not take is named, with the key that changes it", () => {
    const withLenet = (...set: string[]) => makePlan(loadConfig({ config: lenet, set: [...BOTH, ...set] }), folder);
    const { message, exitCode } = userError(() => withLenet());
    expect(exitCode).toBe(EXIT.usage);
    expect(message).toMatch(/^suite\.domains: synthetic-textures\/warm: LeNet takes 28x28 images, not \d+x\d+\n/);
    expect(message).toContain("suite.image: {size: 28, channels: 3}, or --set 'suite.image={size: 28, channels: 3}'");
    expect(withLenet("suite.image={size: 28, channels: 3}").cells).not.toEqual([]);
  });

  test("what is learned on one size of images does not fit another", () => {
    const learned = ["methods=[sgd,metamd]", "metaTraining.metamd.innerSteps=2"];
    const { message } = refused(...BOTH, ...learned);
    expect(message).toMatch(
      /^suite\.domains: synthetic-digits, synthetic-textures\/warm: .*what metamd learns on one has/,
    );
    expect(message).toMatch(/suite\.image: \{size: \d+, channels: 3\}/);
    expect(message.match(/suite\.domains/g)).toHaveLength(1);
    expect(makePlan(load(...BOTH), folder).cells).not.toEqual([]);
  });

  test("trials without two windows of the AUC", () => {
    const noticed = (...set: string[]): string[] => noticesOf(load(...set), makePlan(load(...set), folder));
    expect(noticed("training.steps=10")).toEqual([
      "no AUC: trials of 10 steps have fewer than two windows of training.aucWindowSteps 10; " +
        "--set training.aucWindowSteps=1 gives them one",
    ]);
    expect(noticed()).toEqual([]);
    expect(noticed("training.steps=11")).toEqual([]);
  });

  test("images that no process can hold", () => {
    const domain = [...openedDomains(load(...BOTH, "suite.image={size: 40, channels: 3}"), folder).values()][0]!;
    const bytes = domain.expected("trainAll") * 40 * 40 * 3;
    expect(() => refuseLargeSet(domain, bytes)).not.toThrow();
    const { message, exitCode } = userError(() => refuseLargeSet(domain, bytes - 1));
    expect(exitCode).toBe(EXIT.usage);
    expect(message).toMatch(/^suite\.image and synthetic-digits: \d+ images of 40x40x3, which are held in memory: /);
    expect(message).toMatch(/lower suite\.image\.size, to 39 or less, or suite\.limits\.trainImages/);
    expect(userError(() => refuseLargeSet(domain, 2 * bytes, bytes - 1)).message).toBe(message);
    const images = (name: SplitName): number => (name === "test" ? 50 : 1);
    const small = domain.expected("test") * 40 * 40 * 3;
    expect(userError(() => refuseLargeSet({ ...domain, expected: images, count: images }, 10_000)).message).toMatch(
      /suite\.limits\.testImages/,
    );
    expect(() => refuseLargeSet({ ...domain, arePhotos: true }, 1)).not.toThrow();
    const fewer = { ...domain, count: () => 10 };
    expect(() => refuseLargeSet(fewer, bytes - 1)).not.toThrow();
    expect(imageBytes(fewer, bytes)).toBe(4 * 10 * 40 * 40 * 3);
    const held = domain.expected("train") + domain.expected("validation") + domain.expected("trainAll");
    expect(imageBytes(domain, Infinity)).toBe(small + held * 40 * 40 * 3);
    expect(imageBytes({ ...domain, arePhotos: true }, 0)).toBe(0);
  });

  test("every learner says what it holds of what it trains: more than a training does", () => {
    const model = createModel({ kind: "mlp", hidden: [10] }, [28, 28, 1], 10);
    const trained = 10 * 785 + 10 * 11;
    for (const id of LEARNER_IDS)
      expect(learningBytes(model, { method: id, settings: {} })).toBeGreaterThan(4 * 7 * trained);
    const unrolled = { mode: "unrolled", innerSteps: 30 };
    const more = learningBytes(model, { method: "metamd", settings: unrolled });
    expect(more - learningBytes(model, { method: "metamd", settings: {} })).toBe(4 * 30 * trained);
  });

  test("a disk without room for what runs write", () => {
    const { cells } = makePlan(load(), folder);
    const store = openRunStore(folder, "small");
    const needed = bytesOnDisk(cells, load(), openedDomains(load(), folder));
    expect(needed).toBeGreaterThan(6 * 5000 + 6 * 60 * 70);
    expect(() => refuseFullDisk(cells, load(), openedDomains(load(), folder), store, () => needed)).not.toThrow();
    const { message, exitCode } = userError(() =>
      refuseFullDisk(cells, load(), openedDomains(load(), folder), store, () => needed - 1),
    );
    expect(exitCode).toBe(EXIT.usage);
    expect(message).toContain("at least 0.2 MB: what 6 runs and the tables take");
  });
});
