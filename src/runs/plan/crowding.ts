import { median } from "../../core/averages.js";
import type { EngineName } from "../../engine/engine.js";
import { remembered } from "./remembered.js";
import { openSide, warmed, type Probed, type Side } from "./step-side.js";

/** Processes that are timed together, at most. */
const MOST = 16;
/** Milliseconds of steps of a turn, and of all turns of a kind. */
const [TURN, ENOUGH] = [150, 600];

/** Runs at the same time, each with an engine of its own. */
interface Crowd {
  readonly jobs: number;
  readonly threads: number;
  readonly engine: EngineName;
}

/** How many times as long a step takes where so many runs share this machine as where one runs alone: they share its
 *  caches, its memory's bandwidth, and cores that may be one. Found by timing one process and all of them in turns, and
 *  remembered in the user's cache folder unless others disturbed it. @returns 1 or more.
 *  @throws Error where the steps cannot be timed. */
export async function crowding(stepped: Probed, { jobs, threads, engine }: Crowd): Promise<number> {
  const together = Math.min(jobs, MOST);
  if (together < 2) return 1;
  return remembered("crowding", together, { stepped, together, threads, name: engine }).orMeasured(async () => {
    const sides = Array.from({ length: together }, () => openSide(threads, stepped, { engine }));
    try {
      return await measured(sides);
    } finally {
      await Promise.all(sides.map(({ close }) => close()));
    }
  });
}

async function measured(sides: readonly Side[]): Promise<number> {
  const steps = await Promise.all(sides.map(warmed));
  const length = Math.max(...steps);
  const count = Math.max(1, Math.floor(TURN / length));
  const turns = Math.max(1, Math.floor(ENOUGH / (count * length)));
  const [alone, together]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < turns; turn++) {
    alone.push(...(await sides[turn % sides.length]!.run(count)));
    together.push(...(await Promise.all(sides.map(({ run }) => run(count)))).flat());
  }
  // More than one after the other would take is what else the machine does.
  return Math.min(sides.length, Math.max(1, median(together) / median(alone)));
}
