import { EXIT, UserError } from "../core/errors.js";
import type { ResolvedConfig } from "../config/load.js";
import { rowsOf, type Learning } from "../config/variants.js";
import { sizeOf } from "../engine/host.js";
import { UNROLLED } from "../meta/metamd/hypergradient.js";
import type { MetamdSettings } from "../meta/metamd/settings.js";
import type { Model } from "../models/model.js";

/** What meta-training in mode `unrolled` holds: the trained parameters before and after every step of an inner run. */
export interface Trajectory {
  /** The row that is learned so. */
  readonly id: string;
  readonly steps: number;
  readonly parameters: number;
  readonly bytes: number;
}

const BYTES = { float32: 4, float64: 8 } as const;
/** Share of the memory that a trajectory may take: the engine and the data want theirs. */
const SHARE = 0.5;

/** The trajectories of a config, one of each row that has a meta-training of its own in mode `unrolled`. */
export function trajectoriesOf(
  config: ResolvedConfig,
  { parameters }: Pick<Model, "parameters">,
  precision: keyof typeof BYTES,
): Trajectory[] {
  const numbers = Object.values(parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return rowsOf(config).flatMap(({ learning }) => {
    const steps = unrolledSteps(learning);
    if (steps === undefined) return [];
    const bytes = (steps + 1) * numbers * BYTES[precision];
    return [{ id: learning!.id, steps, parameters: numbers, bytes }];
  });
}

function unrolledSteps(learning: Learning | undefined): number | undefined {
  const { mode, innerSteps } = (learning?.settings ?? {}) as Partial<MetamdSettings>;
  return mode === UNROLLED ? innerSteps : undefined;
}

/** @param memory bytes of the machine. @throws UserError (usage) for the first trajectory that it cannot hold. */
export function refuseLongTrajectories(trajectories: readonly Trajectory[], memory: number): void {
  for (const { id, steps, parameters, bytes } of trajectories) {
    const most = Math.floor((SHARE * memory * (steps + 1)) / bytes) - 1;
    if (steps <= most) continue;
    const [, variant] = id.split("/");
    throw new UserError(EXIT.usage, {
      where: `${variant === undefined ? `metaTraining.${id}` : `variants.${variant}.metaTraining`}.innerSteps`,
      given: `given ${steps} with mode unrolled: ${steps + 1} times ${parameters} parameters, ${gigabytes(bytes)} GB`,
      accepted:
        most < 1
          ? `no number: half of this machine's memory, ${gigabytes(SHARE * memory)} GB, does not hold two steps`
          : `1 to ${most}, which takes half of this machine's memory`,
      remedy: "lower it, or take another mode",
    });
  }
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toPrecision(3);
