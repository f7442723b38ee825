import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ResolvedConfig } from "../../config/load.js";
import { Interrupted } from "../../core/errors.js";
import { packageRoot } from "../../core/files.js";
import type { EngineName } from "../../engine/engine.js";
import { oneGpu } from "../../engine/gpus.js";
import type { Stepped } from "../../training/bench.js";

/** Steps, and the plug-ins that the model may be of. */
export type Probed = Stepped & Partial<Pick<ResolvedConfig, "pluginFiles">>;

/** What asks a side for its bytes, in the place of a number of steps. */
export const BYTES = "bytes";

/** Steps of a model in a process of their own. */
export interface Side {
  /** Milliseconds of each. @throws Interrupted when the signal ended it. */
  run(steps: number): Promise<number[]>;
  /** Bytes that the process, its engine and a gradient hold, without the parameters. @throws as `run`. */
  bytes(): Promise<number>;
  /** Ends it; when it has, its processor time is known. */
  close(): Promise<void>;
}

interface SideOptions {
  readonly engine?: EngineName;
  readonly gpu?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Opens a process that times steps on so many threads. @param on an engine, the one GPU that is to be seen, and what ends
 *  the process at once. */
export function openSide(
  threads: number,
  stepped: Probed,
  { engine = "tensorflow", gpu, signal }: SideOptions = {},
): Side {
  const program = join(packageRoot(), "dist", "src", "runs", "plan", "thread-probe.js");
  const args = [program, String(threads), JSON.stringify(stepped), engine, String(process.pid)];
  const child = spawn(process.execPath, args, {
    stdio: ["pipe", "pipe", "ignore"],
    env: { ...process.env, ...(gpu !== undefined && oneGpu(gpu)) },
    signal,
    killSignal: "SIGKILL",
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    // What the signal ends is an error too, before it has ended.
    child.once("error", () => child.pid === undefined && resolve());
  });
  child.stdin.on("error", () => undefined);
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (line: string): Promise<unknown> => {
    child.stdin.write(`${line}\n`);
    const { value, done } = await answers.next();
    if (done === true) throw signal?.aborted === true ? new Interrupted() : new Error("the steps could not be timed");
    return JSON.parse(value);
  };
  return {
    run: async (steps) => (await ask(String(steps))) as number[],
    bytes: async () => (await ask(BYTES)) as number,
    close() {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

/** Steps before which a side is not warm. */
const WARMING = 3;

/** Runs a side's first steps. @returns about what a step takes. */
export async function warmed({ run }: Side): Promise<number> {
  const times = await run(WARMING);
  return times.at(-1) ?? 1;
}
