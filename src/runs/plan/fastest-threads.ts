import { availableParallelism } from "node:os";
import { median } from "../../core/averages.js";
import { inBlocks } from "../../training/blocks.js";
import { isBusy, remembered } from "./remembered.js";
import { openSide, warmed, type Probed, type Side } from "./step-side.js";

/** More threads must take less than this share of the time of fewer. */
const FASTER = 0.95;
/** Milliseconds of steps of each side, and of its turns. */
const [ENOUGH, TURN] = [600, 60];
/** Turns of each side, where steps are long. */
const FEWEST = 2;

/** The threads with which the native engine's steps of a model are fastest here: one, or twice as many as long as that is
 *  faster. Found by timing sides of each in turns, in processes of their own, and remembered in the user's cache folder
 *  unless the machine was busy.
 *  @throws Error where the native engine does not open. */
export async function fastestThreads(stepped: Probed): Promise<number> {
  const processors = availableParallelism();
  if (processors === 1) return 1;
  const memory = remembered("threads", { stepped });
  if (memory.known !== undefined) return memory.known;
  const wasBusy = isBusy();
  let best = { threads: 1, side: openSide(1, stepped) };
  try {
    while (best.threads < processors) {
      const threads = Math.min(2 * best.threads, processors);
      const more = { threads, side: openSide(threads, stepped) };
      const isFaster = (await ratio(more.side, best.side).catch(closing(more.side))) < FASTER;
      (isFaster ? best : more).side.close();
      if (!isFaster) break;
      best = more;
    }
  } finally {
    best.side.close();
  }
  if (!wasBusy) memory.keep(best.threads);
  return best.threads;
}

const closing =
  (side: Side) =>
  (error: unknown): never => {
    side.close();
    throw error;
  };

type Timed = Pick<Side, "run"> & { readonly steps: number; readonly times: number[] };

/** Median milliseconds of a step of one side by that of another. */
async function ratio(side: Side, other: Side): Promise<number> {
  const length = Math.max(await warmed(side), await warmed(other));
  const steps = Math.max(1, Math.floor(TURN / length));
  const turns = Math.max(FEWEST, Math.floor(ENOUGH / (steps * length)));
  const [own, others] = [side, other].map(({ run }) => ({ run, steps, times: [] as number[] })) as [Timed, Timed];
  await inBlocks([own, others], turns, ({ times }, measured) => times.push(...measured));
  return median(own.times) / median(others.times);
}
