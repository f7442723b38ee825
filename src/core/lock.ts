import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout } from "node:timers/promises";
import { isRunning } from "./liveness.js";

/** Milliseconds between looks at a lock that another process holds. */
const LOOK_EVERY = 100;

/** What is said and done about a lock. */
export interface LockHooks {
  /** Takes notices. */
  say(text: string): void;
  /** The error while a living process holds it, in words like "17 on host"; absent: it is waited for. */
  readonly held?: (holder: string) => Error;
}

/** Does something while holding a lock file, which says the process and its machine. The lock of a process of this
 *  machine that is gone is taken over; of other machines nothing is known. Within a process, callers take turns by
 *  themselves.
 *  @param path of the lock, in a folder that is there.
 *  @throws what `held` makes, or the file system says where the lock cannot be written. */
export async function locked<Result>(
  path: string,
  { say, held }: LockHooks,
  action: () => Promise<Result>,
): Promise<Result> {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, `${process.pid} ${hostname()}`);
  try {
    let told = false;
    // A link appears whole or not at all, and fails where one is.
    while (!link(own, path)) {
      const other = read(path);
      if (other === undefined) continue;
      if (isGone(other)) takeOver(own, path, other, say);
      else if (held !== undefined) throw held(holderText(other));
      else {
        if (!told) say(`waiting for process ${holderText(other)}; if it is gone, delete ${path}`);
        told = true;
        await setTimeout(LOOK_EVERY);
      }
    }
  } finally {
    rmSync(own, { force: true });
  }
  try {
    return await action();
  } finally {
    rmSync(path, { force: true });
  }
}

/** Removes a lock whose process is gone. Only who holds the second lock removes the first, so that no living one is. */
function takeOver(own: string, path: string, gone: string, say: (text: string) => void): void {
  const guard = `${path}.taken`;
  if (!link(own, guard)) {
    const other = read(guard);
    if (other !== undefined && isGone(other)) rmSync(guard, { force: true });
    return;
  }
  try {
    if (read(path) !== gone) return;
    say(`taking over the lock of process ${holderText(gone)}, which is gone`);
    rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

const holderText = (holder: string): string => holder.replace(" ", " on ");

/** Whether a lock has no living holder: what cannot be read as one, and this process itself, which holds none, have none;
 *  of other machines nothing is known. */
function isGone(holder: string): boolean {
  const [, pid, host] = /^(\d+) (.+)$/.exec(holder) ?? [];
  if (pid === undefined || Number(pid) === 0) return true;
  if (host !== hostname()) return false;
  if (Number(pid) === process.pid) return true;
  return !isRunning(Number(pid));
}
