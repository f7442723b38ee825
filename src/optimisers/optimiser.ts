import type { z } from "zod";
import type { InertRules } from "../core/inert.js";
import type { Look } from "../core/look.js";
import type { Uniform } from "../core/rng.js";
import type { Leaves, Tree } from "../core/tree.js";
import type { Tensor } from "../engine/ops.js";
import type { HostArray } from "../engine/host.js";
import type { LayerSpec, ParameterSpec, Params } from "../engine/parameters.js";

export type { Params } from "../engine/parameters.js";

/** Scalars that the host gives to every step, as tensors inside a step. `learningRate` and `weightDecay` are always there. */
export type ScalarFeeds = Leaves<Tensor> & { readonly learningRate: Tensor; readonly weightDecay: Tensor };

/** An update rule: pure functions on trees of tensors. State is keyed by parameter name. */
export interface Optimiser<State extends Tree<Tensor> = Tree<Tensor>> {
  /** The state before the first step. */
  init(theta: Params): State;
  /** One step. @returns `step`, to be added to theta, and the next state. */
  update(
    grads: Params,
    state: State,
    theta: Params,
    feeds: ScalarFeeds,
    context?: StepContext,
  ): { step: Params; state: State };
  /** The rule's own host scalars for step t = 1, 2, ... in double precision (bias corrections, decays). */
  hostFeeds?(t: number): Readonly<Record<string, number>>;
  /** Absent when every step is the same. */
  readonly phases?: Phases;
  /** Absent when θ is what the problem says. */
  readonly turned?: TurnedLayers<State>;
}

/** Linear layers that a rule moves turned, [W b] = L U Rᵀ: its θ, gradients and steps have U in the place of weight and
 *  bias, by `turnedNames`. The first state's L and R are identities. */
interface TurnedLayers<State> {
  readonly names: readonly string[];
  /** L and R by layer, orthogonal. A step that changes them is to bring U along. */
  bases(state: State): Leaves<{ readonly left: Tensor; readonly right: Tensor }>;
}

/** Kinds of step that differ in what they compute; each is compiled by itself, and the host picks one. What is due only
 *  now and then costs nothing in between. */
export interface Phases {
  readonly byName: Leaves<Phase>;
  /** The phase of step t = 1, 2, ... */
  at(t: number): string;
  /** The random numbers of step t, for phases with sampled targets. @param seed of the run. */
  uniform?(t: number, seed: number): Uniform;
}

export interface Phase {
  /** The layer statistics that its steps are given: none, of the batch's own targets, or of targets sampled from what the
   *  model predicts. */
  readonly layers?: "given targets" | "sampled targets";
}

/** What `update` of a rule with phases gets besides. */
export interface StepContext {
  readonly phase: string;
  /** By layer; present when the phase asks for them. */
  readonly layers?: Leaves<LayerStatistics>;
}

/** A layer on a batch. */
export interface LayerStatistics {
  /** [n, in] of a linear layer, [n, h, w, in] of a convolution. */
  readonly input: Tensor;
  /** Gradient of each example's own loss (not divided by n) in the layer's output before the activation. */
  readonly outputGradient: Tensor;
}

/** A learned optimiser's numbers, by parameter name and then by symbol ("a", "b"). */
export type LearnedValues = Readonly<Record<string, Readonly<Record<string, HostArray>>>>;

/** The symbol of a parameter's meta-learned initial value; no rule's own symbol. */
export const INITIAL = "initial";

/** The meta-learned initial values of a learned file, by parameter; none where only the rule was learned. */
export const initialValues = (learned: LearnedValues = {}): Record<string, HostArray> =>
  Object.fromEntries(
    Object.entries(learned).flatMap(([name, values]) => (values[INITIAL] ? [[name, values[INITIAL]]] : [])),
  );

/** What a rule may ask of its surroundings beyond a plain gradient. */
type Need = "layers";

/** What a learned rule applies, and who learns it. */
interface Learned<Learner extends string> {
  /** Its learner's id in the table of `meta/index.ts`; methods of one learner share a learned file. */
  readonly by: Learner;
  /** What is learned and kept, in words. */
  readonly what: string;
  /** What it applies before anything is learned: by parameter, or by the name of what serves all of them, and by symbol.
   *  Classifier parameters are included; a learned file may lack them, and they then take the plain gradient step. */
  untrained(parameters: Leaves<ParameterSpec>): LearnedValues;
  /** The symbols of `untrained` that are learned numbers of their own; absent: all. Others only scale them. */
  readonly symbols?: readonly string[];
}

/** What `create` gets besides the settings. */
export interface OptimiserContext {
  readonly parameters: Leaves<ParameterSpec>;
  /** Of a learned rule. */
  readonly learned?: LearnedValues;
  /** Present when `needs` has "layers". */
  readonly layers?: Leaves<LayerSpec>;
  /** Whether θ may be what the rule's `turned` says, as in a training program; absent: it is the problem's parameters. */
  readonly mayTurn?: true;
}

/** A method's line in the table of `optimisers/index.ts`: all that is known of it anywhere. */
export interface OptimiserEntry<Settings extends z.ZodType = z.ZodType, Learner extends string = string> {
  /** The method's name in tables and figures. */
  readonly title: string;
  /** What it is, in a few words, for the list of methods. */
  readonly summary: string;
  readonly look: Look;
  /** What it makes of a gradient: one rate for all, a rate per coordinate, a matrix per layer, or a network's output. */
  readonly kind: "global rate" | "coordinatewise" | "layerwise" | "network";
  readonly settings: Settings;
  /** Learning rates that a new config tries; absent: those that suit most methods. */
  readonly candidates?: readonly number[];
  /** Settings that can change nothing beside others. */
  readonly inert?: InertRules<z.output<Settings>>;
  create(settings: z.output<Settings>, context: OptimiserContext): Optimiser;
  readonly needs: readonly Need[];
  /** Weight decay moves the weights by itself; absent: it is a part of the gradient. */
  readonly decaysApart?: true;
  /** Absent for a plain method. */
  readonly learned?: Learned<Learner>;
  /** Floats of state for a parameter of one float (0 for SGD, 2 for Adam). */
  readonly statePerParameter: (settings: z.output<Settings>) => number;
  /** What a step does besides one gradient and elementwise work, in words; empty for nothing. */
  readonly extraWork: string;
  readonly source: string;
}

/** Checks a line of the table against its own settings, and forgets their type. */
export const optimiserEntry = <Settings extends z.ZodType, Learner extends string = never>(
  line: OptimiserEntry<Settings, Learner>,
): OptimiserEntry<Settings, Learner> => line;
