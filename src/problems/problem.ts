import type { Leaves } from "../core/tree.js";
import type { HostArray, TensorSpec } from "../engine/host.js";
import type { Tensor } from "../engine/ops.js";
import type { ParameterSpec, Params } from "../engine/parameters.js";

/** What is minimised: parameters, and a loss of parameters and feeds. */
export interface Problem {
  readonly parameters: Leaves<ParameterSpec>;
  /** Feeds of the loss for a batch of this size. */
  feeds(batchSize: number): Leaves<TensorSpec>;
  /** The mean loss over the batch: a scalar. */
  loss(theta: Params, feeds: Leaves<Tensor>): Tensor;
  /** Sums over the batch, for evaluation: scalars by name ("loss", "correct"). */
  evaluate(theta: Params, feeds: Leaves<Tensor>): Leaves<Tensor>;
}

/** A batch on the host; its buffers are reused for the next one. */
export interface Batch {
  readonly size: number;
  readonly feeds: Readonly<Record<string, HostArray>>;
}

/** Mini-batches by step, so that a run can go on anywhere. */
export interface Batches {
  /** Batches in an epoch. */
  readonly perEpoch: number;
  /** Every size that occurs: programs are compiled for these. */
  readonly sizes: readonly number[];
  /** The batch of step t = 1, 2, ... */
  at(t: number): Batch;
}
