import { describe, expect, test } from "vitest";
import type { HostArray } from "../../src/engine/host.js";
import { openNamedEngine } from "../../src/engine/open.js";
import { initialise } from "../../src/models/initialise.js";
import { everyParameter } from "../../src/models/model.js";
import { METHOD_IDS } from "../../src/optimisers/index.js";
import { evaluator } from "../../src/training/evaluate.js";
import { eachEngine } from "../support/engines.js";
import { frozenResnet, programOf, randomBatch, smallResnet } from "../support/problems.js";

const SCALARS = { learningRate: 0.05, weightDecay: 0.01 };
const HEAD = ["fc.bias", "fc.weight"];
const start = initialise(everyParameter(frozenResnet), 3);
const batch = randomBatch(frozenResnet, 6, 3);

describe("a frozen backbone", () => {
  test("leaves the classifier to train, and nothing of the model is lost", () => {
    expect(Object.keys(frozenResnet.parameters).sort()).toEqual(HEAD);
    expect(Object.keys(everyParameter(frozenResnet)).sort()).toEqual(Object.keys(smallResnet.parameters).sort());
    expect(Object.keys(frozenResnet.layers!)).toEqual(["fc"]);
    expect(initialise(smallResnet.parameters, 3)).toEqual(start);
  });

  test.each(METHOD_IDS)("%s steps the classifier alone: no state for the rest, running statistics stay", async (id) => {
    const program = programOf(await openNamedEngine("reference"), id, frozenResnet, [6]);
    program.start(start);
    const before = program.read();
    for (let t = 1; t <= 2; t++) program.step(batch, t, SCALARS);
    const after = program.read();
    const moved = Object.keys(after).filter((path) => !equal(after[path]!, before[path]!));
    expect(moved.filter((path) => path.startsWith("theta/")).map((path) => path.slice(6))).toEqual(HEAD);
    expect(moved.filter((path) => path.startsWith("statistics/"))).toEqual([]);
    const ofBackbone = Object.keys(frozenResnet.frozen!);
    expect(
      Object.keys(after).filter(
        (path) => path.startsWith("optimiser/") && ofBackbone.some((name) => path.includes(name)),
      ),
    ).toEqual([]);
    program.dispose();
  });
});

const equal = (a: HostArray, b: HostArray): boolean => a.every((value, i) => value === b[i]);

await eachEngine(({ tolerance, use }) => {
  test("training and evaluation see the same network: the loss of a step is that of an evaluation", async () => {
    const engine = await use();
    const program = programOf(engine, "sgd", frozenResnet, [6]);
    const evaluate = evaluator(engine, frozenResnet, [6]);
    program.start(start);
    for (let t = 1; t <= 3; t++) {
      const { loss } = evaluate.evaluate(program.values(), [batch]);
      expect(Math.abs(program.step(batch, t, SCALARS) / loss - 1)).toBeLessThan(tolerance);
    }
    program.dispose();
    evaluate.dispose();
  });
});
