import { flatten, map, prefixed, unflatten, type Leaves, type Tree } from "../../core/tree.js";
import type { Engine, Entry, Program } from "../../engine/engine.js";
import { valueAndGrad } from "../../engine/grad.js";
import type { HostArray, TensorSpec } from "../../engine/host.js";
import { isTensor } from "../../engine/memory.js";
import { add, type Tensor } from "../../engine/ops.js";
import type { Params } from "../../engine/parameters.js";
import { createOptimiser } from "../../optimisers/index.js";
import type { LearnedValues, ScalarFeeds } from "../../optimisers/optimiser.js";
import type { Batch, Problem } from "../../training/problem.js";
import { freshState } from "../../training/program.js";

/** A loss, and its gradient by parameter. */
export interface Evaluated {
  readonly loss: number;
  readonly gradient: Leaves<HostArray>;
}

/** A problem under L2O's rule that also gives the gradients out. */
export interface Optimisee {
  /** Starts anew: these parameters, frozen ones too, and an empty memory. Running statistics stay as they begin. */
  start(theta: Leaves<HostArray>, learned: LearnedValues): void;
  /** Loss and gradient on a batch, then one step of the rule at learning rate 1. */
  step(batch: Batch): Evaluated;
  /** Loss and gradient on a batch. */
  evaluate(batch: Batch): Evaluated;
  /** What the rule remembers: "<parameter>/<chunk>/<symbol>". */
  memory(): Record<string, HostArray>;
  /** Other networks, from the next step on. */
  exchange(learned: LearnedValues): void;
  dispose(): void;
}

const MEMORY = "optimiser/memory/";
const LEARNED = "optimiser/learned/";

/** The entry that takes other networks and leaves all else as it is. @param specs of the state, by path. */
function exchanging(specs: Leaves<TensorSpec>): Entry {
  const feeds = Object.fromEntries(Object.entries(specs).filter(([path]) => path.startsWith(LEARNED)));
  return {
    feeds,
    step: (state, learned) => ({
      state: unflatten({ ...flatten(state, isTensor), ...learned }) as Tree<Tensor>,
      outputs: {},
    }),
  };
}

/** Compiles a problem under L2O's rule. @param sizes examples of a batch, all that occur. */
export function optimisee(
  engine: Engine,
  problem: Problem,
  sizes: readonly number[],
  learned: LearnedValues,
): Optimisee {
  const { parameters } = problem;
  const rule = createOptimiser("l2o", {}, { parameters, learned });
  const { specs } = freshState(problem, rule);
  const scalar = { shape: [], dtype: "float32" } as const;
  const entryOf = (size: number, moves: boolean): Entry => ({
    feeds: { ...problem.feeds(size), ...(moves && { learningRate: scalar, weightDecay: scalar }) },
    step(state, feeds) {
      const theta = state.theta as Params;
      const trained = map((_spec, name) => theta[name]!, parameters);
      const pass = { statistics: state.statistics as Params | undefined };
      const { value, grads } = valueAndGrad((at) => problem.loss({ ...theta, ...at }, feeds, pass), trained);
      const outputs = { loss: value, ...prefixed("gradient", grads) };
      if (!moves) return { state, outputs };
      const { step, state: after } = rule.update(grads, state.optimiser as Tree<Tensor>, trained, feeds as ScalarFeeds);
      return { state: { ...state, theta: { ...theta, ...map(add, trained, step) }, optimiser: after }, outputs };
    },
  });
  const entries = sizes.flatMap((size) => [
    [`step:${size}`, entryOf(size, true)],
    [`evaluate:${size}`, entryOf(size, false)],
  ]);
  const program: Program = engine.compile({
    state: specs,
    entries: { ...(Object.fromEntries(entries) as Record<string, Entry>), exchange: exchanging(specs) },
  });
  const networks = (values: LearnedValues): Record<string, HostArray> =>
    Object.assign(
      {},
      ...Object.entries(values).map(([group, symbols]) => prefixed(`${LEARNED}${group}`, symbols)),
    ) as Record<string, HostArray>;
  const run = (entry: string, feeds: Readonly<Record<string, HostArray | number>>): Evaluated => {
    const outputs = program.run(entry, feeds);
    return { loss: outputs.loss![0]!, gradient: map((_spec, name) => outputs[`gradient/${name}`]!, parameters) };
  };
  return {
    start(theta, values) {
      // The memory is many times the parameters: the host does not keep what it begins with.
      const fresh = freshState(problem, rule).values;
      program.load({ ...fresh, ...prefixed("theta", theta), ...networks(values) });
    },
    step: ({ size, feeds }) => run(`step:${size}`, { ...feeds, learningRate: 1, weightDecay: 0 }),
    evaluate: ({ size, feeds }) => run(`evaluate:${size}`, feeds),
    memory: () =>
      Object.fromEntries(
        Object.entries(program.read("optimiser")).flatMap(([path, values]) =>
          path.startsWith(MEMORY) ? [[path.slice(MEMORY.length), values]] : [],
        ),
      ),
    exchange: (values) => void program.run("exchange", networks(values)),
    dispose: () => program.dispose(),
  };
}
