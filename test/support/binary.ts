import { join } from "node:path";
import { packageRoot } from "../../src/core/files.js";
import { spawnGroup } from "./processes.js";
import type { Doer } from "./until.js";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running extends Doer {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** What it has said so far on stderr. */
  said(): string;
  kill(signal: NodeJS.Signals): void;
}

const BUILT = join(packageRoot(), "dist", "bin", "metamd.js");

/** Starts the built program as its user would. @param folder where it runs. @param program another build of it. */
export function start(
  folder: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  program: string = BUILT,
): Running {
  const child = spawnGroup(process.execPath, [program, ...args], { cwd: folder, env: { ...process.env, ...env } });
  const text = { stdout: "", stderr: "" };
  let over = false;
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text.stdout += part));
  child.stderr.setEncoding("utf8").on("data", (part: string) => (text.stderr += part));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      over = true;
      resolve({ code, signal, ...text });
    });
  });
  return {
    pid: child.pid!,
    ended,
    get over() {
      return over;
    },
    said: () => text.stderr,
    kill: (signal) => void child.kill(signal),
  };
}

/** Runs the built program to its end. */
export const metamd = (folder: string, ...args: string[]): Promise<Ended> => start(folder, args).ended;
