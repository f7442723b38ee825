import type { z } from "zod";
import type { Leaves, Tree } from "../core/tree.js";
import type { Tensor } from "../engine/ops.js";
import type { HostArray } from "../engine/host.js";
import type { ParameterSpec, Params } from "../engine/parameters.js";

export type { Params } from "../engine/parameters.js";

/** Scalars that the host gives to every step, as tensors inside a step. `learningRate` and `weightDecay` are always there. */
export type ScalarFeeds = Leaves<Tensor> & { readonly learningRate: Tensor; readonly weightDecay: Tensor };

/** An update rule: pure functions on trees of tensors. State is keyed by parameter name. */
export interface Optimiser<State extends Tree<Tensor> = Tree<Tensor>> {
  /** The state before the first step. */
  init(theta: Params): State;
  /** One step. @returns `step`, to be added to theta, and the next state. */
  update(grads: Params, state: State, theta: Params, feeds: ScalarFeeds): { step: Params; state: State };
  /** The rule's own host scalars for step t = 1, 2, ... in double precision (bias corrections, decays). */
  hostFeeds?(t: number): Readonly<Record<string, number>>;
}

/** A learned optimiser's numbers, by parameter name and then by symbol ("a", "b"). */
export type LearnedValues = Readonly<Record<string, Readonly<Record<string, HostArray>>>>;

/** What a rule may ask of its surroundings beyond a plain gradient. */
export type Need = "learned";

/** What `create` gets besides the settings. */
export interface OptimiserContext {
  readonly parameters: Leaves<ParameterSpec>;
  /** Present when `needs` has "learned". */
  readonly learned?: LearnedValues;
}

/** A method's line in the table of `optimisers/index.ts`. */
export interface OptimiserEntry<Settings extends z.ZodType = z.ZodType> {
  /** The method's name in tables and figures. */
  readonly title: string;
  /** What it makes of a gradient: one rate for all, a rate per coordinate, a matrix per layer, or a network's output. */
  readonly kind: "global rate" | "coordinatewise" | "layerwise" | "network";
  readonly settings: Settings;
  create(settings: z.output<Settings>, context: OptimiserContext): Optimiser;
  readonly needs: readonly Need[];
  /** What a learned rule applies before anything is learned: by parameter, or by the name of what serves all of them,
   *  and by symbol. Classifier parameters are included; a learned file may lack them, and they then take the plain
   *  gradient step. Present when `needs` has "learned". */
  untrained?(parameters: Leaves<ParameterSpec>): LearnedValues;
  /** Floats of state for a parameter of one float (0 for SGD, 2 for Adam). */
  readonly statePerParameter: (settings: z.output<Settings>) => number;
  /** What a step does besides one gradient and elementwise work, in words; empty for nothing. */
  readonly extraWork: string;
  readonly source: string;
}

/** Checks a line of the table against its own settings, and forgets their type. */
export const optimiserEntry = <Settings extends z.ZodType>(line: OptimiserEntry<Settings>): OptimiserEntry<Settings> =>
  line;
