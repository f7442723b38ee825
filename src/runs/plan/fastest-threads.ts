import { availableParallelism } from "node:os";
import { median } from "../../core/averages.js";
import { inBlocks } from "../../training/blocks.js";
import type { RunOptions } from "../options.js";
import { remembered } from "./remembered.js";
import { openSide, warmed, type Probed, type Side } from "./step-side.js";

/** More threads must take less than this share of the time of fewer. */
const FASTER = 0.95;
/** Milliseconds of steps of each side, and of its turns. */
const [ENOUGH, TURN] = [600, 60];
/** Turns of each side, where steps are long. */
const FEWEST = 2;

/** The threads with which the native engine's steps of a model are fastest here: one, or twice as many as long as that is
 *  faster. Found by timing sides of each in turns, in processes of their own, and remembered in the user's cache folder
 *  unless others disturbed it.
 *  @param watch is told when they are timed, and stops that.
 *  @throws Error where the native engine does not open; Interrupted. */
export async function fastestThreads(
  stepped: Probed,
  { signal, onNotice }: Pick<RunOptions, "signal" | "onNotice"> = {},
): Promise<number> {
  const processors = availableParallelism();
  if (processors === 1) return 1;
  return remembered("threads", processors, { stepped }).orMeasured(() => {
    onNotice?.(`timing this model with up to ${processors} threads; on a quiet machine that is remembered`);
    return measured(stepped, processors, signal);
  });
}

async function measured(stepped: Probed, processors: number, signal: AbortSignal | undefined): Promise<number> {
  let threads = 1;
  const sides = [openSide(threads, stepped, { signal })];
  try {
    while (threads < processors) {
      const more = Math.min(2 * threads, processors);
      sides.push(openSide(more, stepped, { signal }));
      if ((await ratio(sides[1]!, sides[0]!)) >= FASTER) break;
      threads = more;
      await sides.shift()!.close();
    }
    return threads;
  } finally {
    await Promise.all(sides.map(({ close }) => close()));
  }
}

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
