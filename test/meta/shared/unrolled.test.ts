import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Interrupted, UserError } from "../../../src/core/errors.js";
import { map } from "../../../src/core/tree.js";
import { matrixSize } from "../../../src/engine/parameters.js";
import { tensorCount } from "../../../src/engine/memory.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { hostAdam } from "../../../src/meta/shared/host-adam.js";
import { createMetaLearner } from "../../../src/meta/index.js";
import type { MetaProgress, MetaTraining } from "../../../src/meta/meta-learner.js";
import { windowCost } from "../../../src/meta/shared/unroll.js";
import { initialise } from "../../../src/models/initialise.js";
import { untrained } from "../../../src/optimisers/index.js";
import { initialValues, type LearnedValues } from "../../../src/optimisers/optimiser.js";
import { checkLearned, readLearned, writeLearned, type LearnedFile } from "../../../src/records/learned.js";
import { NUMERICS } from "../../../src/records/numerics.js";
import { scratchFolder, userError } from "../../support/folder.js";
import { closeTo } from "../../support/numbers.js";
import { programOf, smallMlp } from "../../support/problems.js";
import { drill } from "../../support/require.js";
import { TOY_TASKS } from "../../support/toy-tasks.js";

type Method = "meta_sgd" | "meta_curvature";
const METHODS: readonly Method[] = ["meta_sgd", "meta_curvature"];
const COST = windowCost({ steps: 5, firstOrder: false, start: false });
const folder = scratchFolder();

interface Run {
  readonly method?: Method;
  readonly settings?: object;
  readonly seed?: number;
  readonly resume?: MetaProgress;
  readonly stopAfter?: number;
}
async function learn({ method = "meta_sgd", settings = {}, seed = 0, resume, stopAfter }: Run = {}): Promise<{
  last: MetaProgress;
  steps: number;
  ended: "done" | "stopped";
}> {
  const stop = new AbortController();
  let last: MetaProgress | undefined;
  let steps = 0;
  const training: MetaTraining = {
    engine: await openNamedEngine("reference"),
    tasks: TOY_TASKS,
    parameters: smallMlp.parameters,
    seed,
    divergenceLoss: 1e4,
    signal: stop.signal,
    onStep: () => void steps++,
    checkpoint(progress) {
      last = structuredClone(progress);
      if (progress.outerStep === stopAfter) stop.abort();
    },
  };
  const learner = createMetaLearner(method, { gradientEvaluations: 120, warmupSteps: 6, ...settings });
  try {
    return { last: await learner.learn(training, resume), steps, ended: "done" };
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return { last: last!, steps, ended: "stopped" };
  }
}
const column = ({ curve }: MetaProgress, name: string): number[] => curve.map((row) => row[name]!);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each(METHODS)("the outer loop of %s", (method) => {
  drill("lowers the outer loss", async () => {
    const settings = { gradientEvaluations: 60 * COST, warmupSteps: 0, metaLearningRate: 0.02 };
    const { last } = await learn({ method, settings });
    const losses = column(last, "outerLoss");
    expect(losses.length).toBe(60);
    expect(mean(losses.slice(-15))).toBeLessThan(mean(losses.slice(0, 15)) - 0.02);
  });

  test("spends its budget and no more, and reports every evaluation", async () => {
    const { last, steps } = await learn({ method });
    expect(last.gradientEvaluations).toBeLessThanOrEqual(120);
    expect(last.gradientEvaluations).toBeGreaterThan(120 - COST);
    expect(last.gradientEvaluations).toBe(column(last, "warmupSteps").reduce((sum, w) => sum + w + COST, 0));
    expect(steps).toBe(last.gradientEvaluations);
    expect(createMetaLearner(method, { gradientEvaluations: 120 }).budget(2)).toBe(120);
  });

  test("the same seed gives the same bits, another seed others", async () => {
    const { last } = await learn({ method });
    expect((await learn({ method })).last).toEqual(last);
    expect((await learn({ method, seed: 1 })).last.learned).not.toEqual(last.learned);
  });

  test.each([{}, { learnInit: true }])(
    "stopped after an outer step and gone on: the same bits, %o",
    async (settings) => {
      const whole = await learn({ method, settings });
      const stopped = await learn({ method, settings, stopAfter: 2 });
      expect(stopped.ended).toBe("stopped");
      expect(stopped.last.outerStep).toBe(2);
      expect((await learn({ method, settings, resume: stopped.last })).last).toEqual(whole.last);
    },
  );

  test("windows that are no finite number are counted and teach nothing", async () => {
    const { last } = await learn({ method, settings: { innerLearningRate: 1e300, warmupSteps: 0 } });
    expect(new Set(column(last, "dropped"))).toEqual(new Set([1]));
    const numbers = (values: LearnedValues): object => map((symbols) => map((held) => [...held], symbols), values);
    expect(numbers(last.learned)).toEqual(numbers(untrained(method, smallMlp.parameters)));
  });

  test("first order learns something else, for less", async () => {
    const { last } = await learn({ method, settings: { firstOrder: true, warmupSteps: 0 } });
    const exact = (await learn({ method, settings: { warmupSteps: 0 } })).last;
    expect(last.outerStep).toBeGreaterThan(exact.outerStep);
    expect(last.learned).not.toEqual(exact.learned);
  });

  test("learns initial weights where it is told to, the classifier's aside", async () => {
    const { last } = await learn({ method, settings: { learnInit: true } });
    expect(Object.keys(initialValues(last.learned))).toEqual(["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]);
    expect(initialValues((await learn({ method })).last.learned)).toEqual({});
  });

  test("the classifier can be left out", async () => {
    const { last } = await learn({ method, settings: { includeHead: false } });
    expect(Object.keys(last.learned)).not.toContain("fc3.weight");
    const program = programOf(await openNamedEngine("reference"), method, smallMlp, [16], {}, last.learned);
    program.dispose();
  });

  test("a learned file comes back as it was, and one for another model is refused", async () => {
    const { learned } = (await learn({ method, settings: { learnInit: true } })).last;
    const { parameters } = smallMlp;
    const blocks = map((_values, name) => matrixSize(parameters[name]!), learned);
    const file: LearnedFile = {
      numerics: NUMERICS,
      method,
      run: "0123456789abcdef",
      settings: {},
      domains: ["toy/0"],
      model: { kind: "mlp", hidden: [8, 6] },
      parameters: map(({ shape }) => [...shape], parameters),
      blocks,
      shared: [],
      values: learned as LearnedFile["values"],
    };
    const path = join(folder, `${method}.safetensors`);
    writeLearned(path, file);
    const read = readLearned(path);
    expect(read).toEqual(file);
    expect(checkLearned(path, read, blocks)).toBeUndefined();
    const other = { ...blocks, "fc1.weight": { rows: 8, columns: 784 } };
    expect(userError(() => checkLearned(path, read, other)).message).toContain(
      "block of 8x9 given for layer fc1 (8x784)",
    );
    const program = programOf(await openNamedEngine("reference"), method, smallMlp, [16], {}, read.values);
    program.start({ ...initialise(parameters, 0), ...initialValues(read.values) }, read.values);
    expect(program.theta()["fc1.weight"]).toEqual(Float64Array.from(learned["fc1.weight"]!.initial!));
    program.dispose();
  });

  test("no tensor is left behind", async () => {
    await openNamedEngine("reference");
    const before = tensorCount();
    await learn({ method });
    expect(tensorCount()).toBe(before);
  });
});

test("learned values of the wrong length are named", async () => {
  const engine = await openNamedEngine("reference");
  const learned = { ...untrained("meta_sgd", smallMlp.parameters), "fc1.bias": { alpha: new Float64Array(7) } };
  const error = userError(() => programOf(engine, "meta_sgd", smallMlp, [16], {}, learned));
  expect(error.message).toContain("learned values of fc1.bias: alpha of 7 numbers\n  accepted: alpha of shape [8]");
});

test("a budget below one outer step is refused", async () => {
  const small = learn({ settings: { gradientEvaluations: COST - 1 } });
  await expect(small).rejects.toThrow(UserError);
  await expect(small).rejects.toThrow(`accepted: ${COST} or more`);
});

test("Adam on the host takes the steps of P0's check values", () => {
  const gradient = (x: number, y: number): number[] => [3 * x + 0.5 * y - 1, y + 0.5 * x + 0.1 * y ** 3];
  let state = { values: { p: { xy: Float64Array.of(1, -2) } } as LearnedValues, moments: {} as LearnedValues };
  const expected = [
    [0.900000001, -1.900000000435],
    [0.801742493932, -1.800261084031],
    [0.707379281623, -1.700957239024],
  ];
  for (const [i, point] of expected.entries()) {
    const [x, y] = state.values.p!.xy!;
    const slopes = { p: { xy: Float64Array.from(gradient(x!, y!)) } };
    state = hostAdam(state.values, slopes, state.moments, i + 1, 0.1, 10);
    closeTo(state.values.p!.xy!, point, 1e-11);
  }
  const clipped = hostAdam({ p: { x: Float64Array.of(0) } }, { p: { x: Float64Array.of(-50) } }, {}, 1, 0.1, 10);
  expect(clipped.moments.p!["x.m"]![0]).toBeCloseTo(-1, 12);
});
