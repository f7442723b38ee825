import { EXIT, UserError } from "../../core/errors.js";
import { map, type Leaves } from "../../core/tree.js";
import { sizeOf } from "../../engine/host.js";
import { tensorFrom } from "../../engine/memory.js";
import { mul, neg, type Tensor } from "../../engine/ops.js";
import type { ParameterSpec } from "../../engine/parameters.js";
import type { LearnedValues, Optimiser, OptimiserContext, Params } from "../optimiser.js";
import { coupled } from "./weight-decay.js";

/** Learned values as tensors, by parameter and symbol. */
export type LearnedTensors = Readonly<Record<string, Leaves<Tensor>>>;

/** A learned linear map of gradients, parameter by parameter: a pure function of the learned tensors and the gradient,
 *  for the rule that applies it and for the meta-learner that differentiates it. */
export interface GradientTransform {
  /** Shapes of a parameter's learned tensors, by symbol. */
  shapes(parameter: ParameterSpec): Readonly<Record<string, readonly number[]>>;
  /** Their values before anything is learned. */
  untrained(parameter: ParameterSpec): Readonly<Record<string, Float64Array>>;
  /** The transformed gradient, of the gradient's shape. */
  apply(gradient: Tensor, learned: Leaves<Tensor>, parameter: ParameterSpec): Tensor;
}

/** Transforms every gradient; parameters without learned values, such as a classifier of a task's own, keep theirs. */
export function transformGradients(
  transform: GradientTransform,
  learned: LearnedTensors,
  grads: Params,
  parameters: Leaves<ParameterSpec>,
): Record<string, Tensor> {
  return map((g, name) => {
    const held = learned[name];
    return held === undefined ? g : transform.apply(g, held, parameters[name]!);
  }, grads);
}

type State = { readonly learned?: LearnedTensors };

/** The rule of a learned transform: θ ← θ − η transform(∇f(θ) + λθ). The learned tensors are state that no step changes,
 *  so that one compiled program serves any learned values.
 *  @throws UserError (usage) that names the first learned value that does not fit. */
export const transformed =
  (transform: GradientTransform) =>
  (_settings: object, { parameters, learned = {} }: OptimiserContext): Optimiser<State> => ({
    init() {
      const tensors = learnedTensors(transform, learned, parameters);
      return Object.keys(tensors).length === 0 ? {} : { learned: tensors };
    },
    update(grads, state, theta, feeds) {
      const direction = transformGradients(transform, state.learned ?? {}, coupled(grads, theta, feeds), parameters);
      const rate = neg(feeds.learningRate);
      return { step: map((d) => mul(rate, d), direction), state };
    },
  });

/** What every parameter's transform is before anything is learned. */
export const untrainedTransform =
  (transform: GradientTransform) =>
  (parameters: Leaves<ParameterSpec>): LearnedValues =>
    map((parameter) => transform.untrained(parameter), parameters);

/** Values of the transform's own symbols; others in a learned file, such as an initialisation, are not the rule's. */
function learnedTensors(
  transform: GradientTransform,
  learned: LearnedValues,
  parameters: Leaves<ParameterSpec>,
): LearnedTensors {
  return map(
    (values, name) =>
      map((shape, symbol) => {
        const given = values[symbol];
        if (given?.length !== sizeOf(shape)) {
          throw new UserError(EXIT.usage, {
            where: `learned values of ${name}`,
            given: given === undefined ? `no ${symbol}` : `${symbol} of ${given.length} numbers`,
            accepted: `${symbol} of shape [${shape.join(", ")}]`,
            hint: "take the model it was learned on, or meta-train on this one",
          });
        }
        return tensorFrom(given, { shape, dtype: "float32" });
      }, transform.shapes(parameters[name]!)),
    learned,
  );
}
