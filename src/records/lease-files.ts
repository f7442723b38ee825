import { randomUUID } from "node:crypto";
import { existsSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { wallClock } from "../core/clock.js";
import { readdirIfThere, removeQuietly } from "../core/files.js";
import { beat, DEAD_SECONDS } from "../core/heartbeat.js";
import { isRunning } from "../core/liveness.js";
import { readHolder, type Holder } from "./holder.js";

/** Where leases lie in an experiment's folder: `leases/<run>/<generation>.json`, and `leases/beat-<token>`. */
export const FOLDER = "leases";
/** Their folder in earlier versions. What a living process has there is its own; what dead ones left is removed. */
export const EARLIER_FOLDER = "claims";
export const BEAT = "beat-";
/** Seconds after which a sign of life is not worth keeping. */
const FORGOTTEN_SECONDS = 3600;
/** Beside a lease, once all of its run is computed and only its files are still to be written. */
const COMPUTED = "computed";
/** Of a lease that is being made. */
export const NEW = "new-";

/** The generations of a run's leases that are there. @throws what the file system says but that there are none. */
export const generations = (folder: string): number[] =>
  readdirIfThere(folder).flatMap((name) => /^\d+(?=\.json$)/.exec(name)?.map(Number) ?? []);

/** The generation of the lease that holds; 0: none. */
export const latestGeneration = (folder: string, id: string): number => Math.max(0, ...generations(join(folder, id)));

export const leaseFile = (folder: string, id: string, generation: number): string =>
  join(folder, id, `${generation}.json`);

const computedFile = (folder: string, id: string, generation: number): string =>
  join(folder, id, `${generation}.${COMPUTED}`);

export const wasComputed = (folder: string, id: string, generation: number): boolean =>
  existsSync(computedFile(folder, id, generation));

/** A note that the disk refuses is none: it says who is to blame for a death that may never come. */
export function noteComputed(folder: string, id: string, generation: number): void {
  quietly(() => writeFileSync(computedFile(folder, id, generation), ""));
}

/** When a holder last gave a sign of life. */
export const lastSign = (folder: string, token: string): number =>
  statSync(join(folder, `${BEAT}${token}`), { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;

/** Removes a lease and those of the dead before it, or its own alone where another has taken the run over, and what dead
 *  takers left. @param now in the file system's time. */
export function giveBack(leases: string, id: string, generation: number, now: number): void {
  const folder = join(leases, id);
  const names = quietly(() => readdirIfThere(folder)) ?? [];
  const all = names.map((name) => Number(new RegExp(`^(\\d+)\\.(json|${COMPUTED})$`).exec(name)?.[1]));
  const takenOver = all.some((other) => other > generation);
  for (const [i, name] of names.entries()) {
    const isGivenBack = takenOver ? all[i] === generation : all[i]! <= generation;
    if (isGivenBack || (name.startsWith(NEW) && isOfDead(leases, join(folder, name), now)))
      removeQuietly(join(folder, name));
  }
  removeIfEmpty(folder);
}

/** Whether who was writing a lease has died: its pid says so, in the lease or, where it is still empty, in its signs of
 *  life, or it gives none. */
function isOfDead(leases: string, path: string, now: number): boolean {
  const token = basename(path).slice(NEW.length, NEW.length + TOKEN_LENGTH);
  const holder = quietly(() => readHolder(path) ?? readHolder(join(leases, `${BEAT}${token}`)));
  return (holder !== undefined && isRunning(holder) === false) || isSilent(leases, token, now);
}

const TOKEN_LENGTH = 36;

/** Whether a process has given no sign of life for long. */
function isSilent(folder: string, token: string, now: number): boolean {
  const seen = quietly(() => lastSign(folder, token));
  return seen !== undefined && now - seen >= DEAD_SECONDS * 1000;
}

function quietly<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** Removes the beats of processes that are known to be dead, or silent for long. @param now in the file system's time. */
export function sweep(folder: string, now: number): void {
  for (const name of quietly(() => readdirIfThere(folder)) ?? []) {
    if (!name.startsWith(BEAT)) continue;
    const path = join(folder, name);
    const [seen, holder] = [quietly(() => statSync(path).mtimeMs), quietly(() => readHolder(path))];
    const isForgotten = seen !== undefined && now - seen > FORGOTTEN_SECONDS * 1000;
    if (isForgotten || (holder !== undefined && isRunning(holder) === false)) removeQuietly(path);
  }
}

/** A lease on a run as it stands in the files. */
export interface Lease {
  readonly id: string;
  readonly holder: Holder;
  /** When the run was taken, in milliseconds of the disk's clock, and how long ago. */
  readonly since: number;
  readonly age: number;
  readonly alive: boolean;
}

/** Every lease of an experiment. Life is judged by the disk's clock where it can be asked, else by this machine's. */
export function readLeases(experimentFolder: string): Lease[] {
  return [EARLIER_FOLDER, FOLDER].flatMap((name) => readFolder(join(experimentFolder, name)));
}

/** The time by the clock of a folder's disk, or this machine's where nothing may be written. */
function diskTime(folder: string): number {
  const probe = join(folder, `${BEAT}probe-${randomUUID()}`);
  try {
    return beat(probe, "");
  } catch {
    return wallClock();
  } finally {
    removeQuietly(probe);
  }
}

function readFolder(folder: string): Lease[] {
  const ids = (quietly(() => readdirIfThere(folder)) ?? []).filter((name) => !name.startsWith(BEAT));
  if (ids.length === 0) return [];
  const now = diskTime(folder);
  return ids.flatMap((id) => quietly(() => readLease(folder, id, now)) ?? []);
}

function readLease(folder: string, id: string, now: number): Lease | undefined {
  const file = leaseFile(folder, id, latestGeneration(folder, id));
  const [holder, since] = [readHolder(file), statSync(file, { throwIfNoEntry: false })?.mtimeMs];
  if (holder === undefined || since === undefined) return undefined;
  const beats = now - lastSign(folder, holder.token) < DEAD_SECONDS * 1000;
  return { id, holder, since, age: now - since, alive: beats && isRunning(holder) !== false };
}

export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // it has files in it, or isn't there
  }
}
