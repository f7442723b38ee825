import { map, prefixed, type Leaves } from "../../core/tree.js";
import type { HostArray, TensorSpec } from "../../engine/host.js";
import type { Tensor } from "../../engine/ops.js";
import type { Params, ValueSpec } from "../../engine/parameters.js";
import { everyParameter } from "../../models/model.js";
import type { Problem } from "../../training/problem.js";

/** A trained model: its parameters, frozen ones too, and running statistics, by name. */
export type Values = Leaves<HostArray>;

/** Called after every batch: progress, and a moment for what else is to be done; it throws to stop the work. */
export type Pause = () => Promise<void>;

export const SCALAR: TensorSpec = { shape: [], dtype: "float32" };

/** The state of a program that looks at a trained model. */
export interface PointState {
  readonly theta: Params;
  /** A tree keeps no empty branch. */
  readonly statistics?: Leaves<Tensor>;
}

/** The same, and a direction of the trained parameters' names and shapes. */
export interface LineState extends PointState {
  readonly direction: Params;
}

const float = ({ shape }: Pick<ValueSpec, "shape">): TensorSpec => ({ shape, dtype: "float32" });

/** The shapes of a `PointState`, by path. */
export const pointSpecs = (problem: Problem): Record<string, TensorSpec> => ({
  ...prefixed("theta", map(float, everyParameter(problem))),
  ...prefixed("statistics", map(float, problem.statistics ?? {})),
});

/** The numbers of a `PointState`, by path. */
export function pointValues(problem: Problem, values: Values): Record<string, HostArray> {
  const those = (specs: Leaves<ValueSpec>): Values => map((_spec, name) => values[name]!, specs);
  return {
    ...prefixed("theta", those(everyParameter(problem))),
    ...prefixed("statistics", those(problem.statistics ?? {})),
  };
}

/** The shapes of a `LineState`, by path. */
export const lineSpecs = (problem: Problem): Record<string, TensorSpec> => ({
  ...pointSpecs(problem),
  ...prefixed("direction", map(float, problem.parameters)),
});

/** The numbers of a `LineState`, by path. */
export const lineValues = (problem: Problem, values: Values, direction: Values): Record<string, HostArray> => ({
  ...pointValues(problem, values),
  ...prefixed("direction", direction),
});
