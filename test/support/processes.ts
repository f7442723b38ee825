import { spawn, type ChildProcessWithoutNullStreams, type SpawnOptionsWithoutStdio } from "node:child_process";
import { afterAll, afterEach } from "vitest";

/** Leaders of the process groups that this test file has begun. */
const leaders = new Set<number>();
const cleanings: (() => void)[] = [];

/** Starts a program in a process group of its own: with all that it starts, it ends no later than the test does. */
export function spawnGroup(
  program: string,
  args: readonly string[],
  options: SpawnOptionsWithoutStdio = {},
): ChildProcessWithoutNullStreams {
  const child = spawn(program, args, { ...options, detached: true });
  if (child.pid !== undefined) leaders.add(child.pid);
  return child;
}

/** Cleans up once: after the file's tests, or when its process ends before. */
export function atEnd(clean: () => void): void {
  cleanings.push(clean);
}

function endGroups(): void {
  for (const pid of leaders)
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It has ended, and all that it started.
    }
  leaders.clear();
}

function end(): void {
  endGroups();
  for (const clean of cleanings.splice(0).reverse()) clean();
}

afterEach(endGroups);
afterAll(end);
// Vitest ends a worker that does not answer by a signal; of one whose parent was killed the channel closes.
process.once("exit", end);
process.once("disconnect", end);
process.once("SIGTERM", () => process.exit(143));
