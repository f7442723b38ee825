import { describe, expect, test } from "vitest";
import { openNamedEngine } from "../../src/engine/open.js";
import { initialise } from "../../src/models/initialise.js";
import { everyParameter } from "../../src/models/model.js";
import { METHOD_IDS, METHODS, untrained, type MethodId } from "../../src/optimisers/index.js";
import { CONTRACTS, type Thoroughness } from "../../src/plugins/contracts/contracts.js";
import { SETTINGS, type Setting } from "../../src/plugins/contracts/problems.js";
import { lacks, type Subject } from "../../src/plugins/contracts/subject.js";
import { engineOrNone } from "../support/engines.js";
import { everything } from "../support/require.js";
import {
  frozenResnet,
  randomBatch,
  smallLenet,
  smallResnet,
  someLearned,
  tinyConvolution,
} from "../support/problems.js";

/** Where nothing is required, small convolutions stand for LeNet's and ResNet's. */
const CONVOLUTIONS: Readonly<Record<string, Setting>> = everything
  ? {
      LeNet: {
        problem: smallLenet,
        start: initialise(smallLenet.parameters, 3),
        batch: randomBatch(smallLenet, 2, 10),
      },
      ResNet: {
        problem: smallResnet,
        start: initialise(smallResnet.parameters, 3),
        batch: randomBatch(smallResnet, 4, 3),
      },
      "ResNet, backbone frozen": {
        problem: frozenResnet,
        start: initialise(everyParameter(frozenResnet), 3),
        batch: randomBatch(frozenResnet, 6, 3),
      },
    }
  : {
      convolution: {
        problem: tinyConvolution,
        start: initialise(tinyConvolution.parameters, 3),
        batch: randomBatch(tinyConvolution, 4, 3),
      },
    };
const PROBLEMS: Readonly<Record<string, Setting>> = {
  ...SETTINGS,
  ...CONVOLUTIONS,
};
const native = await engineOrNone("tensorflow");
await openNamedEngine("reference");
const USUAL: Thoroughness = { steps: 25, compared: 3, by: "largest", compiled: native && "tensorflow" };
/** Fewer steps are enough of large networks. Adam and RMSprop divide by tiny root mean squares, which magnifies the rounding
 *  of near-zero gradients: in a deep net some entries part at the first step. */
const HOW: Readonly<Record<string, Thoroughness>> = {
  LeNet: { ...USUAL, steps: 3 },
  ResNet: { ...USUAL, steps: 3, compared: 1, by: "mean" },
};

const subjectOf = (id: MethodId): Subject => ({
  entry: METHODS.of(id),
  learned: (parameters) => someLearned(id, parameters),
});
const ALL_PAIRS = METHOD_IDS.flatMap((id) => Object.keys(PROBLEMS).map((problem) => [id, problem] as const));
const missing = (id: MethodId, problem: string): string[] => lacks(subjectOf(id), PROBLEMS[problem]!);
const PAIRS = ALL_PAIRS.filter(([id, problem]) => missing(id, problem).length === 0);
/** What is held against learned rules as they are before anything is learned. */
const BEFORE_LEARNING = "has as much state as its entry says";

test("every method is tried on every problem that has what it needs", () => {
  const left = ALL_PAIRS.filter(([id, problem]) => !PAIRS.some((pair) => pair[0] === id && pair[1] === problem));
  expect(left.map(([id, problem]) => `${id} on ${problem}: needs ${missing(id, problem).join(", ")}`)).toEqual([
    "kfac on P0: needs layers",
  ]);
});

describe.each(PAIRS)("%s on %s", (id, problem) => {
  test.each(CONTRACTS)("$what", async ({ what, broken }) => {
    await openNamedEngine("reference");
    const subject = subjectOf(id);
    const learned: Subject["learned"] = (parameters) => untrained(id, parameters);
    const held = what === BEFORE_LEARNING ? { ...subject, learned } : subject;
    expect(await broken(held, PROBLEMS[problem]!, HOW[problem] ?? USUAL)).toBeUndefined();
  });
});

test.each(METHOD_IDS)("%s has a title and a source", (id) => {
  const { title, source } = METHODS.of(id);
  expect([title, source]).not.toContain("");
});
