import { sha256 } from "../../core/hash.js";
import { namedStream } from "../../core/rng.js";
import { flatten, map, type Leaves } from "../../core/tree.js";
import type { Engine } from "../../engine/engine.js";
import { sizeOf, type HostArray } from "../../engine/host.js";
import { hostArray, isTensor, tensorFrom, tidy } from "../../engine/memory.js";
import type { Tensor } from "../../engine/ops.js";
import type { ParameterSpec, Params } from "../../engine/parameters.js";
import type {
  LayerStatistics,
  LearnedValues,
  Optimiser,
  OptimiserContext,
  OptimiserEntry,
  ScalarFeeds,
  StepContext,
} from "../../optimisers/optimiser.js";
import type { Problem } from "../../training/problem.js";
import { trainingProgram, type TrainingProgram } from "../../training/program.js";
import type { Setting } from "./problems.js";

/** The method that contracts are held against, with its default settings. */
export interface Subject {
  readonly entry: OptimiserEntry;
  /** What a learned rule applies; nothing for a plain one. */
  learned(parameters: Leaves<ParameterSpec>): LearnedValues;
}

/** What a problem lacks of what a method needs. */
export const lacks = ({ entry }: Pick<Subject, "entry">, { problem }: Setting): string[] =>
  entry.needs.filter((need) => problem[need] === undefined);

/** Makes the rule for a problem. */
const ruleOf = (
  { entry, learned }: Subject,
  { parameters, layers }: Problem,
  more: Pick<OptimiserContext, "learned" | "mayTurn"> = {},
): Optimiser => entry.create(entry.settings.parse({}), { parameters, layers, learned: learned(parameters), ...more });

/** Compiles the rule on a problem, and starts it. */
export function startedProgram(engine: Engine, subject: Subject, { problem, start, batch }: Setting): TrainingProgram {
  const learned = subject.learned(problem.parameters);
  const create = (values?: LearnedValues): Optimiser =>
    ruleOf(subject, problem, { ...(values && { learned: values }), mayTurn: true });
  const program = trainingProgram(engine, problem, create, [batch.size], learned);
  program.start(start, learned);
  return program;
}

/** How `update` is called once. */
export interface Call {
  /** The gradient's entry i of every parameter. @param weight the entry of the parameter itself. */
  readonly gradient?: (i: number, weight: number) => number;
  readonly learningRate?: number;
  readonly weightDecay?: number;
  /** The step that it is, default 1. */
  readonly t?: number;
  /** Names of the parameters, in the order in which they are given. */
  readonly order?: readonly string[];
}

/** What came of it. */
export interface Called {
  readonly step: Record<string, number[]>;
  /** Shapes by path: of what the step is added to and of it, and of the state before and after. */
  readonly shapes: Readonly<Record<"theta" | "step" | "before" | "after", Readonly<Record<string, string>>>>;
  /** Numbers of state, by path. */
  readonly floats: Readonly<Record<string, number>>;
  /** Whether the parameters are what they were. */
  readonly unchanged: boolean;
}

/** One call of `update` on the open engine, on made-up gradients; everything is read back. */
export function callUpdate(subject: Subject, { problem, start }: Setting, call: Call = {}): Called {
  const { gradient = (i: number) => Math.sin(i + 1), learningRate = 0.01, weightDecay = 0.1 } = call;
  const { order = Object.keys(problem.parameters), t = 1 } = call;
  let called: Called | undefined;
  tidy(() => {
    const spec = (name: string) => ({ shape: problem.parameters[name]!.shape, dtype: "float32" as const });
    const theta: Params = Object.fromEntries(order.map((name) => [name, tensorFrom(start[name]!, spec(name))]));
    const grads = map(
      (_w, name) =>
        tensorFrom(
          start[name]!.map((w, i) => gradient(i, w)),
          spec(name),
        ),
      theta,
    );
    const rule = ruleOf(subject, problem);
    const scalar = (value: number): Tensor => tensorFrom(Float64Array.of(value), { shape: [], dtype: "float32" });
    const feeds = map(scalar, { learningRate, weightDecay, ...rule.hostFeeds?.(t) }) as unknown as ScalarFeeds;
    const before = rule.init(theta);
    const held = bitsOf(map(hostArray, theta));
    const { step, state } = rule.update(grads, before, theta, feeds, contextOf(rule, problem, t));
    called = {
      step: map((tensor) => [...hostArray(tensor)], step),
      shapes: {
        theta: map(shapeOf, theta),
        step: map(shapeOf, step),
        before: shapesIn(before),
        after: shapesIn(state),
      },
      floats: map(({ size }) => size, flatten(state, isTensor)),
      unchanged: bitsOf(map(hostArray, theta)) === held,
    };
    return [];
  });
  return called!;
}

const shapeOf = ({ shape, dtype }: Tensor): string => `${dtype} [${shape.join(", ")}]`;
const shapesIn = (tree: ReturnType<Optimiser["init"]>): Record<string, string> => map(shapeOf, flatten(tree, isTensor));

/** Arrays as text that is equal for equal bits. */
export const bitsOf = (arrays: Leaves<HostArray>): string =>
  JSON.stringify(
    Object.entries(arrays)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { buffer, byteOffset, byteLength }]) => [
        name,
        sha256(new Uint8Array(buffer, byteOffset, byteLength)),
      ]),
  );

/** The phase of step t, with made-up statistics of every layer. */
function contextOf(rule: Optimiser, { layers = {}, parameters }: Problem, t: number): StepContext {
  const random = (name: string, ...shape: number[]): Tensor => {
    const uniform = namedStream(0, name);
    const values = Float64Array.from({ length: sizeOf(shape) }, () => uniform() - 0.5);
    return tensorFrom(values, { shape, dtype: "float32" });
  };
  const statistics = map(({ kind, weight }, name): LayerStatistics => {
    const { shape } = parameters[weight]!;
    return kind === "linear"
      ? { input: random(name, 5, shape[1]!), outputGradient: random(name, 5, shape[0]!) }
      : { input: random(name, 2, 6, 6, shape[2]!), outputGradient: random(name, 2, 2, 2, shape[3]!) };
  }, layers);
  return { phase: rule.phases?.at(t) ?? "step", layers: statistics };
}
