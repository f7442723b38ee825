import { EXIT, UserError } from "../../core/errors.js";
import type { EngineDetails } from "../../engine/engine.js";
import { sizeOf } from "../../engine/host.js";
import type { Model } from "../../models/model.js";

/** What an inner run that is differentiated holds: the trained parameters before and after every step. */
export interface Trajectory {
  /** The key of the config that says how long the run is. */
  readonly where: string;
  readonly steps: number;
  readonly parameters: number;
  readonly bytes: number;
}

const BYTES = { float32: 4, float64: 8 } as const;
/** Share of the memory that a trajectory may take: the engine and the data want theirs. */
const SHARE = 0.5;

export function trajectoryOf(
  where: string,
  steps: number,
  { parameters }: Pick<Model, "parameters">,
  precision: EngineDetails["precision"],
): Trajectory {
  const numbers = Object.values(parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return { where, steps, parameters: numbers, bytes: (steps + 1) * numbers * BYTES[precision] };
}

/** @param memory bytes of the machine. @throws UserError (usage) for the first trajectory that it cannot hold. */
export function refuseLongTrajectories(trajectories: readonly Trajectory[], memory: number): void {
  for (const { where, steps, parameters, bytes } of trajectories) {
    const most = Math.floor((SHARE * memory * (steps + 1)) / bytes) - 1;
    if (steps <= most) continue;
    throw new UserError(EXIT.usage, {
      where,
      given: `given ${steps}: an unrolled run keeps ${steps + 1} times ${parameters} parameters, ${gigabytes(bytes)} GB`,
      accepted:
        most < 1
          ? `nothing: half of this machine's memory, ${gigabytes(SHARE * memory)} GB, does not hold one step`
          : `1 to ${most}, which takes half of this machine's memory`,
      hint: "lower it, or take a smaller model",
    });
  }
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toPrecision(3);
