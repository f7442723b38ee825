import type { LearnerEntry } from "../meta/meta-learner.js";
import type { ModelEntry } from "../models/index.js";
import type { Optimiser, OptimiserEntry } from "../optimisers/optimiser.js";
import { isTensor } from "../engine/memory.js";
import type { Tensor } from "../engine/ops.js";
import { blaming, faultOf, type Blamed } from "./blame.js";

/** The entries of a plug-in with functions that name it where they throw, or give what a step cannot take. What they compute
 *  is left as it is. */
export const guardedOptimiser = (entry: OptimiserEntry, blamed: Blamed): OptimiserEntry => ({
  ...entry,
  create: (settings, context) =>
    guardedRule(
      blaming(blamed, "create", () => entry.create(settings, context)),
      blamed,
    ),
  statePerParameter: (settings) => blaming(blamed, "statePerParameter", () => entry.statePerParameter(settings)),
  ...(entry.learned && {
    learned: {
      ...entry.learned,
      untrained: (parameters) => blaming(blamed, "learned.untrained", () => entry.learned!.untrained(parameters)),
    },
  }),
});

export const guardedLearner = (entry: LearnerEntry, blamed: Blamed): LearnerEntry => ({
  ...entry,
  ...(entry.heldPerParameter && {
    heldPerParameter: (settings) => blaming(blamed, "heldPerParameter", () => entry.heldPerParameter!(settings)),
  }),
  create(settings) {
    const learner = blaming(blamed, "create", () => entry.create(settings));
    return {
      learn: (training, resume) => blaming(blamed, "learn", () => learner.learn(training, resume)),
      budget: (tasks, seed) => blaming(blamed, "budget", () => learner.budget(tasks, seed)),
    };
  },
});

export const guardedModel = (entry: ModelEntry, blamed: Blamed): ModelEntry => ({
  ...entry,
  create(settings, input, classes) {
    const model = blaming(blamed, "create", () => entry.create(settings, input, classes));
    return { ...model, forward: (...given) => blaming(blamed, "forward", () => model.forward(...given)) };
  },
});

function guardedRule(rule: Optimiser, blamed: Blamed): Optimiser {
  for (const name of ["init", "update"] as const)
    if (typeof (rule as Partial<Optimiser> | undefined)?.[name] !== "function")
      throw faultOf(blamed, `what create gives has no function ${name}`);
  const shapesOf = (tree: unknown, what: string): Record<string, string> => {
    const shapes: Record<string, string> = {};
    const visit = (value: unknown, path: string): void => {
      if (isTensor(value)) shapes[path] = shapeOf(value);
      else if (value !== null && typeof value === "object" && !Array.isArray(value))
        for (const [name, inner] of Object.entries(value)) visit(inner, `${path}.${name}`);
      else throw faultOf(blamed, `${path} is ${Array.isArray(value) ? "a list" : String(value)}, no tensor by name`);
    };
    visit(tree, what);
    return shapes;
  };
  return {
    init(theta) {
      const state = blaming(blamed, "init", () => rule.init(theta));
      shapesOf(state, "the state of init");
      return state;
    },
    update(grads, state, theta, feeds, context) {
      const made = blaming(blamed, "update", () => rule.update(grads, state, theta, feeds, context));
      const { step, state: next } = (made ?? {}) as Partial<typeof made>;
      compare(shapesOf(step, "step"), shapesOf(theta, "step"), blamed);
      compare(shapesOf(next, "state"), shapesOf(state, "state"), blamed);
      return made;
    },
    ...(rule.phases && { phases: rule.phases }),
    ...(rule.hostFeeds && { hostFeeds: (t: number) => blaming(blamed, "hostFeeds", () => rule.hostFeeds!(t)) }),
  };
}

const shapeOf = ({ shape, dtype }: Tensor): string =>
  `[${shape.join(", ")}]${dtype === "float32" ? "" : ` of ${dtype}`}`;

/** @throws UserError (run failed) for the first path that differs. */
function compare(
  made: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
  blamed: Blamed,
): void {
  for (const path of new Set([...Object.keys(wanted), ...Object.keys(made)])) {
    if (made[path] === wanted[path]) continue;
    const given = made[path] === undefined ? "is missing" : `has the shape ${made[path]}`;
    const accepted = wanted[path] === undefined ? "it should not be there" : `it should have ${wanted[path]}`;
    throw faultOf(blamed, `update gives what does not fit: ${path} ${given}; ${accepted}`);
  }
}
