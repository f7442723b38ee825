import type { Uniform } from "../core/rng.js";
import type { Leaves } from "../core/tree.js";
import type { HostArray, TensorSpec } from "../engine/host.js";
import type { Tensor } from "../engine/ops.js";
import type { LayerSpec, ParameterSpec, Params, ValueSpec } from "../engine/parameters.js";
import type { Pass } from "../models/model.js";

/** What is minimised: parameters, and a loss of parameters and feeds. Wherever `theta` is asked for, it has all parameters,
 *  frozen ones too. */
export interface Problem {
  /** What the loss is minimised in. */
  readonly parameters: Leaves<ParameterSpec>;
  /** Parameters that keep the values they begin with; absent: none. */
  readonly frozen?: Leaves<ParameterSpec>;
  /** Running statistics, which training moves without a gradient and evaluation reads; absent: none. */
  readonly statistics?: Leaves<ValueSpec>;
  /** Feeds of the loss for a batch of this size. */
  feeds(batchSize: number): Leaves<TensorSpec>;
  /** The mean loss over the batch: a scalar. @param pass with statistics where parameters are frozen. */
  loss(theta: Params, feeds: Leaves<Tensor>, pass?: Pass): Tensor;
  /** Sums over the batch, for evaluation: scalars by name ("loss", "correct").
   *  @param statistics needed where the problem has any. @param atOnce examples that pass through the model together, at
   *  most; absent: all. It changes no number where a model's values of an example depend on no other. */
  evaluate(theta: Params, feeds: Leaves<Tensor>, statistics?: Leaves<Tensor>, atOnce?: number): Leaves<Tensor>;
  /** The linear layers and convolutions whose weights are trained, by name; absent where there are none to speak of. */
  readonly layers?: Leaves<LayerSpec>;
  /** Absent where the loss is no likelihood of targets. */
  readonly targets?: TargetSampler;
}

/** Draws targets from what the model itself predicts: the Fisher matrix is an average over them. */
export interface TargetSampler {
  /** Shape of the random numbers for a batch. */
  noise(batchSize: number): TensorSpec;
  /** Random numbers for a batch. */
  draw(batchSize: number, uniform: Uniform): HostArray;
  /** The feeds with drawn targets in the place of theirs. @param statistics as in a pass. */
  sampled(theta: Params, feeds: Leaves<Tensor>, noise: Tensor, statistics?: Leaves<Tensor>): Leaves<Tensor>;
}

/** A batch on the host; its buffers are reused for the next one. */
export interface Batch {
  readonly size: number;
  readonly feeds: Readonly<Record<string, HostArray>>;
}

/** Mini-batches by step, so that a run can go on anywhere. */
export interface Batches {
  /** Batches in an epoch; no whole number where batches run on into the next one. */
  readonly perEpoch: number;
  /** Every size that occurs: programs are compiled for these. */
  readonly sizes: readonly number[];
  /** The batch of step t = 1, 2, ... */
  at(t: number): Batch;
  /** Lets go of what `at` opened: whoever asked for a batch closes. */
  close(): void;
}
