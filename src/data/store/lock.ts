import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { EXIT, UserError } from "../../core/errors.js";

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/** Does something while holding a dataset's lock file, which says the process and its machine. The lock of a process of
 *  this machine that is gone is taken over.
 *  @throws UserError (data) while another process holds it. */
export async function locked<Result>(
  root: string,
  id: string,
  say: (text: string) => void,
  action: () => Promise<Result>,
): Promise<Result> {
  const path = join(root, id, "lock");
  acquire(path, id, say);
  try {
    return await action();
  } finally {
    rmSync(path, { force: true });
    removeIfEmpty(dirname(path));
  }
}

/** Where nothing was stored, no folder stays. */
function removeIfEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}

function acquire(path: string, id: string, say: (text: string) => void): void {
  mkdirSync(dirname(path), { recursive: true });
  const own = `${path}.${process.pid}`;
  writeFileSync(own, `${JSON.stringify({ pid: process.pid, host: hostname() } satisfies Holder)}\n`);
  try {
    // A link appears whole or not at all, and fails where one is.
    if (link(own, path)) return;
    const holder = read(path);
    if (holder !== undefined && (holder.host !== hostname() || isAlive(holder.pid))) throw heldBy(holder, path, id);
    say(`taking over the lock of ${holder === undefined ? "no one" : `process ${holder.pid}, which is gone`}`);
    rmSync(path, { force: true });
    if (!link(own, path)) throw heldBy(read(path), path, id);
  } finally {
    rmSync(own, { force: true });
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

function read(path: string): Holder | undefined {
  try {
    const { pid, host } = JSON.parse(readFileSync(path, "utf8")) as Partial<Holder>;
    return typeof pid === "number" && typeof host === "string" ? { pid, host } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function heldBy(holder: Holder | undefined, path: string, id: string): UserError {
  return new UserError(EXIT.data, {
    where: id,
    given: `in use by process ${holder?.pid ?? "?"} on ${holder?.host ?? "?"}`,
    remedy: `wait for it to end; if it is gone, delete ${path}`,
  });
}
