import {
  spawn,
  spawnSync,
  type ChildProcessByStdio,
  type ChildProcessWithoutNullStreams,
  type SpawnOptionsWithoutStdio,
  type SpawnSyncReturns,
} from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { Socket } from "node:net";
import type { Writable } from "node:stream";
import { afterAll } from "vitest";
import { until } from "./until.js";

/** Leaders of the process groups that this file has begun, and that its present test has. */
const ofFile = new Set<number>();
const ofTest = new Set<number>();
let inTest = false;
const cleanings = new Set<() => void>();
const closings = new Set<() => Promise<void>>();

/** Reads lines of groups, and ends those of the last one when the process that wrote them is gone, however it ended. */
const GUARD = 'while read -r line; do groups=$line; done; for group in $groups; do kill -9 "-$group"; done';
let guard: ChildProcessByStdio<Writable, null, null> | undefined;

function tellGuard(): void {
  if (guard === undefined) {
    guard = spawn("sh", ["-c", GUARD], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
    guard.unref();
    (guard.stdin as Socket).unref();
  }
  guard.stdin.write(`${[...ofFile, ...ofTest].join(" ")}\n`);
}

/** Starts a program in a process group of its own: with all that it starts, it ends no later than the test does, or the file
 *  where no test began it, even where the test's own process is killed. */
export function spawnGroup(
  program: string,
  args: readonly string[],
  options: SpawnOptionsWithoutStdio = {},
): ChildProcessWithoutNullStreams {
  const child = spawn(program, args, { ...options, detached: true });
  if (child.pid !== undefined) {
    (inTest ? ofTest : ofFile).add(child.pid);
    tellGuard();
  }
  return child;
}

/** Calls a program that ends at once, like `mount`; whatever may take longer is for `spawnGroup`. */
export const tool = (
  program: string,
  args: readonly string[],
  options: Pick<SpawnOptionsWithoutStdio, "cwd" | "env"> = {},
): SpawnSyncReturns<string> => spawnSync(program, args, { ...options, encoding: "utf8" });

/** The processes that one has started and that are still there. */
export const childrenOf = (pid: number): number[] =>
  tool("pgrep", ["-P", String(pid)])
    .stdout.split("\n")
    .filter(Boolean)
    .map(Number);

/** Whether a process is there. @throws Error for what is no pid: a signal to 0 goes to one's own process group. */
export function isAlive(pid: number): boolean {
  if (!(Number.isSafeInteger(pid) && pid > 0)) throw new Error(`not a pid: ${pid}`);
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The pid that a process writes into a file: a file may be there before what is in it. */
export async function pidIn(path: string): Promise<number> {
  const text = (): string => (existsSync(path) ? readFileSync(path, "utf8") : "");
  await until(() => /^\d+\n?$/.test(text()));
  return Number(text());
}

/** Cleans up once: after the file's tests, the last first, or when its process ends before. */
export function atEnd(clean: () => void): void {
  cleanings.add(clean);
  afterAll(() => {
    if (cleanings.delete(clean)) clean();
  });
}

/** Closes what a test, or what comes before all tests, has opened: after the file's tests. */
export const closeAtEnd = (close: () => Promise<void>): void => void closings.add(close);

function endGroups(leaders: Set<number>): void {
  if (leaders.size === 0) return;
  for (const pid of leaders)
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It has ended, and all that it started.
    }
  leaders.clear();
  tellGuard();
}

function end(): void {
  for (const leaders of [ofTest, ofFile]) endGroups(leaders);
  for (const clean of [...cleanings].reverse()) if (cleanings.delete(clean)) clean();
}

// Called by `each-file.ts` around every test, and after every file.
export const beginTest = (): void => void (inTest = true);
export function endTest(): void {
  inTest = false;
  endGroups(ofTest);
}
export async function endFile(): Promise<void> {
  for (const close of closings) {
    closings.delete(close);
    await close();
  }
  end();
}
// Vitest ends a worker that does not answer by a signal, and a terminal all of them; where its parent was killed, the
// channel closes.
process.once("exit", end);
for (const [event, signal] of [
  ["SIGINT", "SIGINT"],
  ["SIGTERM", "SIGTERM"],
  ["disconnect", "SIGKILL"],
] as const)
  process.once(event, () => {
    end();
    // Vitest lets nothing here exit.
    process.kill(process.pid, signal);
  });
