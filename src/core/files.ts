import { randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { sha256 } from "./hash.js";
import { pieces } from "./large-file.js";
import { beganAt, isRunning, pidSpace } from "./liveness.js";

/** Asked before a file appears under its name; throws where it must not, since another process has its place now. */
export interface Guard {
  (): void;
  /** A folder that stands already: where it was removed, it is not made again. */
  readonly within?: string;
}

/** Seconds after which a temporary file is one of a process that died, where nothing else tells. */
const FORGOTTEN_SECONDS = 3600;
const MARK = ".tmp-";

/** Tells whose a temporary file is, for those who find it after the death of its process. */
const OWN = `${process.pid}-${beganAt(process.pid)}-${spaceMark()}`;
/** Of this process or thread alone, wherever its pid is another's too. */
const TOKEN = randomUUID().slice(0, 8);
let written = 0;

/** An end for the names of temporary files and folders that no other process gives. */
export const uniqueMark = (): string => `${OWN}-${TOKEN}${written++}`;

function spaceMark(): string {
  const space = pidSpace();
  return space === "" ? "" : sha256(`${hostname()} ${space}`).slice(0, 12);
}

/** Whether the folder that the program was started in has been removed. */
export function isWorkingFolderGone(): boolean {
  try {
    return !existsSync(process.cwd());
  } catch {
    return true;
  }
}

/** A path as short as it can be told from here. */
export function display(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}

/** Makes a folder and those above it, one by one. Node's own way says ENOENT for what a disk refuses (EROFS, EIO), and never
 *  ends where the first folder can't be made for ENOENT.
 *  @param within a folder above it that stands: neither that nor what is above it is made, so that one that is removed
 *  meanwhile stays so. @throws what the system says of the first that can't be made. */
export function makeFolders(path: string, within?: string): void {
  const folder = resolve(path);
  if (isFolder(folder)) return;
  const above = dirname(folder);
  if (above !== folder && (within === undefined || above !== resolve(within))) makeFolders(above, within);
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!isFolder(folder)) throw error;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Writes a file so that a reader sees the old bytes or the new ones, never a part: temporary file, fsync, rename. */
export function writeAtomic(path: string, data: string | Uint8Array, guard?: Guard): void {
  writeAtomicParts(path, [typeof data === "string" ? Buffer.from(data) : data], guard);
}

/** The same for what is too big to hold whole. Temporary files that dead processes left of it are removed.
 *  @param parts are written one after the other. @param guard is asked first of all, again before the rename, and once more
 *  where writing failed, since its reason says more. */
export function writeAtomicParts(path: string, parts: Iterable<string | Uint8Array>, guard?: Guard): void {
  guard?.();
  const temporary = `${path}${MARK}${uniqueMark()}`;
  try {
    makeFolders(dirname(path), guard?.within);
    const inode = writeWhole(temporary, parts);
    guard?.();
    rename(temporary, path, inode);
  } catch (error) {
    removeQuietly(temporary);
    // Who takes a place over removes what was on its way to it, and its folder may have vanished.
    guard?.();
    throw error;
  }
  sweepTemporary(path);
}

/** @returns the inode of the file. */
function writeWhole(path: string, parts: Iterable<string | Uint8Array>): bigint {
  const file = openSync(path, "wx");
  try {
    for (const part of parts) {
      for (const bytes of pieces(typeof part === "string" ? Buffer.from(part) : part))
        for (let offset = 0; offset < bytes.length;) offset += writeSync(file, bytes, offset);
    }
    fsyncSync(file);
    return fstatSync(file, { bigint: true }).ino;
  } finally {
    closeSync(file);
  }
}

/** A rename that an NFS server did, but whose answer was lost, says that there is no such file. */
function rename(from: string, to: string, inode: bigint): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (statSync(to, { bigint: true, throwIfNoEntry: false })?.ino !== inode) throw error;
  }
}

/** Removes what dead processes left on its way to a file that was written just now. */
function sweepTemporary(path: string): void {
  const begin = `${basename(path)}${MARK}`;
  try {
    const now = statSync(path).mtimeMs;
    for (const name of readdirSync(dirname(path))) {
      const left = join(dirname(path), name);
      if (name.startsWith(begin) && isLeftover(left, name.slice(begin.length), now)) removeQuietly(left);
    }
  } catch {
    // the next one that writes it looks again
  }
}

/** Removes every temporary file in a folder: for who has taken the folder over, so that nothing appears in it any more
 *  that another process was writing. */
export function clearTemporary(folder: string): void {
  for (const name of readdirIfThere(folder)) if (name.includes(MARK)) rmSync(join(folder, name), { force: true });
}

/** @param writer of a temporary file, as its name says. @param now by the disk's clock. */
function isLeftover(path: string, writer: string, now: number): boolean {
  const [, pid, began, mark] = /^(\d+)-(\d*)-([0-9a-f]*)-\w+$/.exec(writer) ?? [];
  const space = mark !== undefined && mark !== "" && mark === spaceMark() ? pidSpace() : undefined;
  const alive = isRunning({ host: hostname(), space, pid: Number(pid), began: began ?? "" });
  if (alive !== undefined) return !alive;
  const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return mtimeMs !== undefined && now - mtimeMs > FORGOTTEN_SECONDS * 1000;
}

/** The names in a folder; none where it is not there. @throws what else the file system says. */
export function readdirIfThere(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}

/** Removes a file or folder that nobody needs, if the disk lets it. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // it is swept later
  }
}

/** Whether something lies there. @throws what the system says where one may not look, or the path leads nowhere. */
export const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

let root: string | undefined;

/** The folder of this package: where `configs/` and `datasets/manifest.yaml` lie, built or not. */
export function packageRoot(): string {
  if (root === undefined) {
    let folder = dirname(fileURLToPath(import.meta.url));
    while (!isPackage(folder)) {
      const parent = dirname(folder);
      if (parent === folder) throw new Error("package.json of metamd not found above " + import.meta.url);
      folder = parent;
    }
    root = folder;
  }
  return root;
}

/** The version of this program, as its package has it. */
export const programVersion = (): string =>
  (JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as { version: string }).version;

function isPackage(folder: string): boolean {
  const file = join(folder, "package.json");
  return existsSync(file) && (JSON.parse(readFileSync(file, "utf8")) as { name?: string }).name === "metamd-bench";
}

/** Bytes that this user may still write where a path lies, or will lie. */
export function freeBytes(path: string): number {
  let folder = resolve(path);
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
