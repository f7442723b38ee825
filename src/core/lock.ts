import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { readdirIfThere, removeQuietly, type Guard } from "./files.js";
import { beat, DEAD_SECONDS, startHeartbeat } from "./heartbeat.js";
import { isRunning, ownName, type ProcessName } from "./liveness.js";

/** Milliseconds between looks at a lock that another process holds. */
const LOOK_EVERY = 100;

/** What is said and done about a lock. */
export interface LockHooks {
  /** Takes notices. */
  say(text: string): void;
  /** The error while a living process holds it, in words like "17 on host"; absent: it is waited for. */
  readonly held?: (holder: string) => Error;
  /** The error when it was taken over from this process, which stood still for long. */
  readonly lost: () => Error;
}

/** Does something while holding a lock file, which says the process and gives signs of life. The lock of a process that
 *  is gone, or that gives none for long, is taken over. Within a process, callers take turns by themselves.
 *  @param path of the lock, in a folder that is there.
 *  @param action is given what throws when the lock is no longer its own, to ask before it writes what others see.
 *  @throws what `held` and `lost` make, or the file system says where the lock cannot be written. */
export async function locked<Result>(
  path: string,
  hooks: LockHooks,
  action: (guard: Guard) => Promise<Result>,
): Promise<Result> {
  const token = randomUUID();
  const own = `${path}.${token}`;
  const text = lockText(ownName(), token);
  write(own, text);
  // The lock and this file are one file by two names: what is written to the one shows the other's age.
  const heartbeat = startHeartbeat(own, text, () => undefined);
  try {
    await acquire({ path, own, text }, hooks);
    sweep({ path, own, text });
    const guard = (): void => {
      if (read(path) !== text) throw hooks.lost();
    };
    try {
      return await action(guard);
    } finally {
      if (read(path) === text) rmSync(path, { force: true });
    }
  } finally {
    heartbeat.stop();
    removeQuietly(own);
  }
}

/** A full disk leaves an empty file behind, and does not say which. */
function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: "wx" });
  } catch (error) {
    removeQuietly(path);
    throw Object.assign(error as Error, { path });
  }
}

/** A lock that a process wants, its own file for it and what is in both. */
interface Wanted {
  readonly path: string;
  readonly own: string;
  readonly text: string;
}

async function acquire(wanted: Wanted, { say, held }: LockHooks): Promise<void> {
  const { path, own, text } = wanted;
  let told = false;
  // A link appears whole or not at all, and fails where one is.
  while (!link(own, path, text)) {
    const other = read(path);
    if (other !== undefined && isGone(path, other, now(wanted))) takeOver(wanted, other, say);
    else if (other !== undefined && held !== undefined) throw held(holderText(other));
    else {
      if (other !== undefined && !told) say(`waiting for process ${holderText(other)}; if it is gone, delete ${path}`);
      told ||= other !== undefined;
      await setTimeout(LOOK_EVERY);
    }
  }
}

/** Removes what dead processes left that had the lock or waited for it. */
function sweep(wanted: Wanted): void {
  const begin = `${basename(wanted.path)}.`;
  for (const name of readdirIfThere(dirname(wanted.path))) {
    if (!name.startsWith(begin) || name.length !== begin.length + TOKEN_LENGTH) continue;
    const left = join(dirname(wanted.path), name);
    const text = read(left);
    if (text !== undefined && isGone(left, text, now(wanted))) removeQuietly(left);
  }
}

const TOKEN_LENGTH = 36;

/** Removes a lock whose process is gone. Only who holds the second lock removes the first, so that no living one is. */
function takeOver(wanted: Wanted, gone: string, say: (text: string) => void): void {
  const { path, own, text } = wanted;
  const guard = `${path}.taken`;
  if (!link(own, guard, text)) {
    const other = read(guard);
    if (other !== undefined && isGone(guard, other, now(wanted))) rmSync(guard, { force: true });
    return;
  }
  try {
    if (read(path) !== gone) return;
    say(`taking over the lock of process ${holderText(gone)}, which is gone`);
    rmSync(path, { force: true });
  } finally {
    removeQuietly(guard);
  }
}

/** @returns false where another has it. A link that was made, but whose answer was lost, says that there is one. */
function link(from: string, to: string, text: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (read(to) === text) return true;
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

/** The time by the disk's clock. */
const now = ({ own, text }: Wanted): number => beat(own, text);

/** "17 host", and in further lines pid space, beginning and token. */
const lockText = ({ pid, host, space, began }: ProcessName, token: string): string =>
  [`${pid} ${host}`, space, began, token].join("\n");

const holderText = (holder: string): string => holder.split("\n")[0]!.replace(" ", " on ");

/** Whether a lock has no living holder: what cannot be read as one has none. */
function isGone(path: string, holder: string, now: number): boolean {
  const [who = "", space, began = ""] = holder.split("\n");
  const [, pid, host] = /^(\d+) (.+)$/.exec(who) ?? [];
  if (pid === undefined || host === undefined || Number(pid) === 0) return true;
  if (isRunning({ pid: Number(pid), host, space, began }) === false) return true;
  const seen = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return seen !== undefined && now - seen >= DEAD_SECONDS * 1000;
}
