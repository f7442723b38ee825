import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { median } from "../../core/averages.js";
import { packageRoot, writeAtomic } from "../../core/files.js";
import { contentId } from "../../core/hash.js";
import { cacheHome } from "../../core/home.js";
import type { ResolvedConfig } from "../../config/load.js";
import { findAddon } from "../../engine/backends/tensorflow/location.js";
import { machine } from "../../records/machine.js";
import type { Stepped } from "../../training/bench.js";
import { inBlocks } from "../../training/blocks.js";

/** Steps, and the plug-ins that the model may be of. */
export type Probed = Stepped & Partial<Pick<ResolvedConfig, "pluginFiles">>;

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
  const file = fileOf(stepped);
  const known = remembered(file);
  if (known !== undefined) return known;
  const isBusy = loadavg()[0]! > processors / 2;
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
  if (!isBusy) remember(file, best.threads);
  return best.threads;
}

/** Steps on so many threads. */
interface Side {
  run(steps: number): Promise<number[]>;
  close(): void;
}

function openSide(threads: number, stepped: Probed): Side {
  const program = join(packageRoot(), "dist", "src", "runs", "plan", "thread-probe.js");
  const child = spawn(process.execPath, [program, String(threads), JSON.stringify(stepped)], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run(steps) {
      child.stdin.write(`${steps}\n`);
      const { value, done } = await answers.next();
      if (done === true) throw new Error("the steps could not be timed");
      return JSON.parse(value) as number[];
    },
    close: () => void child.kill("SIGKILL"),
  };
}

const closing =
  (side: Side) =>
  (error: unknown): never => {
    side.close();
    throw error;
  };

/** Median milliseconds of a step of one side by that of another. */
async function ratio(side: Side, other: Side): Promise<number> {
  const [own, others] = [await warmed(side), await warmed(other)];
  const length = Math.max(own.step, others.step);
  const steps = Math.max(1, Math.floor(TURN / length));
  const turns = Math.max(FEWEST, Math.floor(ENOUGH / (steps * length)));
  const contestants = [own, others].map((one) => ({ ...one, steps }));
  await inBlocks(contestants, turns, ({ times }, measured) => times.push(...measured));
  return median(own.times) / median(others.times);
}

/** @returns a side after its first steps, and about what a step takes. */
async function warmed({ run }: Side): Promise<Pick<Side, "run"> & { step: number; times: number[] }> {
  const [, , last = 1] = await run(3);
  return { run, step: last, times: [] };
}

/** Where it is remembered: a file for every model, batch, machine and engine. */
function fileOf(stepped: Probed): string {
  const addon = findAddon();
  const id = contentId({ stepped, hardware: machine().hardware, engine: "folder" in addon ? addon.folder : "" });
  return join(cacheHome(), "metamd", "threads", `${id}.json`);
}

const fileSchema = z.object({ threads: z.int().positive() });

function remembered(file: string): number | undefined {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(file, "utf8"))).threads;
  } catch {
    return undefined;
  }
}

function remember(file: string, threads: number): void {
  try {
    writeAtomic(file, `${JSON.stringify({ threads })}\n`);
  } catch {
    // it is measured again
  }
}
