import { describe, expect, test, vi } from "vitest";
import type { HostArray } from "../../src/engine/host.js";
import type { Leaves } from "../../src/core/tree.js";
import { GraphWriter } from "../../src/engine/backends/tensorflow/graph-def.js";
import { tensorCount } from "../../src/engine/memory.js";
import { openNamedEngine } from "../../src/engine/open.js";
import type { Engine, EngineName, Entry, Program } from "../../src/engine/engine.js";
import { add, exp, mul, reshape, sum, tanh, type Tensor } from "../../src/engine/ops.js";
import type { Params } from "../../src/engine/parameters.js";
import { initialise } from "../../src/models/initialise.js";
import { createModel } from "../../src/models/index.js";
import { supervised } from "../../src/training/supervised.js";
import type { Problem } from "../../src/training/problem.js";
import { ENGINE_NAMES, eachEngine, engineOrNone } from "../support/engines.js";
import { closeTo } from "../support/numbers.js";
import { programOf, randomBatch, smallLenet, smallMlp } from "../support/problems.js";
import { drill } from "../support/require.js";

const SCALARS = { learningRate: 0.05, weightDecay: 1e-3 };
const mlp: Problem = supervised(createModel({ kind: "mlp", hidden: [32, 16] }, [8, 8, 1], 10));
const PROBLEMS = { MLP: { problem: mlp, batch: 32 }, "convolutional net": { problem: smallLenet, batch: 8 } };

/** Parameters and losses of 20 steps of SGD with momentum. */
function twentySteps(engine: Engine, problem: Problem, batch: number): { losses: number[]; theta: Leaves<HostArray> } {
  const program = programOf(engine, "sgd_momentum", problem, [batch]);
  program.start(initialise(problem.parameters, 1));
  const losses = Array.from({ length: 20 }, (_, i) => program.step(randomBatch(problem, batch, 10, i), i + 1, SCALARS));
  const theta = program.theta();
  program.dispose();
  return { losses, theta };
}

describe.each(Object.entries(PROBLEMS))("twenty steps of the %s", async (_name, { problem, batch }) => {
  const others: EngineName[] = [];
  for (const name of ENGINE_NAMES) {
    if (name !== "reference" && (await engineOrNone(name)) !== undefined) others.push(name);
  }
  test.each(others)("%s agrees with the reference engine to 1e-4", async (name) => {
    const expected = twentySteps(await openNamedEngine("reference"), problem, batch);
    const actual = twentySteps(await openNamedEngine(name), problem, batch);
    closeTo(actual.losses, expected.losses, 1e-4);
    for (const [parameter, values] of Object.entries(expected.theta)) closeTo(actual.theta[parameter]!, values, 1e-4);
  });
});

/** A program whose step gives every part of its state what the next one was. */
function rotation(engine: Engine, count: number): Program<"step"> {
  const names = Array.from({ length: count }, (_unused, i) => `v${i}`);
  const step: Entry["step"] = (state) => {
    const values = state as Params;
    const next = names.map((name, i) => [name, mul(values[names[(i + 1) % count]!]!, 1)] as const);
    return { state: Object.fromEntries(next), outputs: {} };
  };
  const spec = { shape: [1], dtype: "float32" } as const;
  return engine.compile({
    state: Object.fromEntries(names.map((name) => [name, spec])),
    entries: { step: { feeds: {}, step } },
  });
}

test("the native engine's graph grows as the state does", async ({ skip }) => {
  const engine = await engineOrNone("tensorflow");
  if (engine === undefined) return skip("the native engine is not here");
  const encode = vi.spyOn(GraphWriter.prototype, "encode");
  for (const count of [100, 400]) rotation(engine, count).dispose();
  const [few, many] = encode.mock.results.map(({ value }) => (value as Uint8Array).length);
  encode.mockRestore();
  expect(many! / few!).toBeLessThan(5);
});

await eachEngine(({ name, use }) => {
  test("the same step gives the same bits", async () => {
    const engine = await use();
    expect(twentySteps(engine, mlp, 32)).toEqual(twentySteps(engine, mlp, 32));
  });

  test("every part of a state of hundreds is computed from what all were before the step", async () => {
    const count = 300;
    const program = rotation(await use(), count);
    program.load(Object.fromEntries(Array.from({ length: count }, (_unused, i) => [`v${i}`, Float32Array.of(i)])));
    program.run("step", {});
    program.run("step", {});
    const found = program.read();
    for (let i = 0; i < count; i++) expect(found[`v${i}`]![0]).toBe((i + 2) % count);
    program.dispose();
  });

  drill("a thousand steps leave no tensor behind", async () => {
    const program = programOf(await use(), "adam", smallMlp, [4]);
    program.start(initialise(smallMlp.parameters, 1));
    const batch = randomBatch(smallMlp, 4, 4);
    program.step(batch, 1, SCALARS);
    const before = tensorCount();
    for (let t = 2; t <= 1001; t++) program.step(batch, t, SCALARS);
    expect(tensorCount()).toBe(before);
    program.dispose();
  });

  drill("memory stays flat over twenty thousand steps", async () => {
    const engine = await use();
    // A graph small enough to run that often: the engine's own bookkeeping is what could grow.
    const scalar = { shape: [64], dtype: "float32" } as const;
    const program = engine.compile({
      state: { v: scalar },
      entries: {
        step: {
          feeds: { x: scalar },
          step: ({ v }, { x }) => {
            const next = add(mul(v as Tensor, 0.5), x!);
            return { state: { v: next }, outputs: { total: sum(next) } };
          },
        },
      },
    });
    program.load({ v: new Float32Array(64) });
    const x = new Float32Array(64).fill(1);
    const run = (steps: number): number => {
      for (let i = 0; i < steps; i++) program.run("step", { x });
      globalThis.gc?.();
      return process.memoryUsage().rss;
    };
    run(5000);
    const early = run(5000);
    const late = run(10_000);
    expect((late - early) / 2 ** 20, "MiB").toBeLessThan(24);
    program.dispose();
  });

  test("programs keep their states apart, and a feed that is missing is named", async () => {
    const engine = await use();
    const [one, two] = [programOf(engine, "sgd", smallMlp, [4]), programOf(engine, "sgd", smallMlp, [4])];
    one.start(initialise(smallMlp.parameters, 1));
    two.start(initialise(smallMlp.parameters, 2));
    const before = two.theta();
    one.step(randomBatch(smallMlp, 4, 4), 1, SCALARS);
    expect(two.theta()).toEqual(before);
    expect(() => one.step({ size: 4, feeds: {} }, 2, SCALARS)).toThrow(/images/);
    one.dispose();
    two.dispose();
  });

  test("the state is read whole, or by its branches", async () => {
    const scalar = { shape: [], dtype: "float32" } as const;
    const program = (await use()).compile({ state: { one: scalar, "two/a": scalar, "two/b": scalar }, entries: {} });
    program.load({ one: Float32Array.of(1), "two/a": Float32Array.of(2), "two/b": Float32Array.of(3) });
    const plain = (...branches: string[]): object =>
      Object.fromEntries(Object.entries(program.read(...branches)).map(([path, [value]]) => [path, value]));
    expect(plain()).toEqual({ one: 1, "two/a": 2, "two/b": 3 });
    expect(plain("two")).toEqual({ "two/a": 2, "two/b": 3 });
    expect(plain("one", "twofold")).toEqual({ one: 1 });
    expect(plain("twofold")).toEqual({});
    program.dispose();
  });

  test("what a step holds besides its state is known where it is compiled", async () => {
    const engine = await use();
    const x = { shape: [10, 100], dtype: "float32" } as const;
    const bytesOf = (step: (x: Tensor) => Tensor): number | undefined =>
      engine.workingBytes?.({
        state: { x },
        entries: { go: { feeds: {}, step: (state) => ({ state, outputs: { y: step(state.x as Tensor) } }) } },
      });
    const known = (numbers: number): number | undefined => (engine.details.compiled ? 4 * numbers : undefined);
    expect(bytesOf((x) => exp(x))).toBe(known(1000));
    expect(bytesOf((x) => exp(exp(exp(x))))).toBe(known(2000)); // the first goes once the second is there
    expect(bytesOf((x) => reshape(exp(x), [1000]))).toBe(known(1000)); // the same numbers
    const kept = (x: Tensor): Tensor => {
      const first = exp(x);
      tanh(first); // nobody takes it
      return add(exp(exp(first)), first);
    };
    expect(bytesOf(kept)).toBe(known(3000));
  });

  test("a compiled step refuses to read values", async () => {
    const engine = await use();
    if (!engine.details.compiled) return;
    const scalar = { shape: [], dtype: "float32" } as const;
    const reading = (): unknown =>
      engine.compile({
        state: { v: scalar },
        entries: {
          step: {
            feeds: {},
            step: ({ v }) => {
              (v as Tensor).dataSync();
              return { state: { v: v! }, outputs: {} };
            },
          },
        },
      });
    expect(reading).toThrow("may not read a tensor's value");
    expect(name).toBe("tensorflow");
  });
});
