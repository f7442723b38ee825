import { existsSync, linkSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { basename, join } from "node:path";
import { milliseconds, wallClock } from "../core/clock.js";
import { readdirIfThere, removeQuietly, makeFolders } from "../core/files.js";
import { beat, BEAT_SECONDS, DEAD_SECONDS, startHeartbeat, type Heartbeat } from "../core/heartbeat.js";
import { isRunning } from "../core/liveness.js";
import type { Fence } from "./fence.js";
import { readHolder, thisProcess, type Holder } from "./holder.js";
import { BEAT, EARLIER_FOLDER, FOLDER, generations, latestGeneration, leaseFile } from "./lease-files.js";
import { writing } from "./writable.js";

/** Seconds after which a sign of life is not worth keeping. */
const FORGOTTEN_SECONDS = 3600;
const NEW = "new-";

/** Which process runs which run, where several share a results folder: `<experiment>/leases/<run>/<generation>.json`.
 *  A lease appears whole or not at all, and only as the next generation after one whose holder is dead: of several
 *  takers one wins. A holder that only stood still notices before it writes (`checkFence`). */
export interface Leases {
  /** Takes a run for this process. @returns false when another living process has it.
   *  @throws UserError (usage) when the disk refuses. */
  take(id: string): boolean;
  /** What shows that this process has a run, for those that write its files. */
  fence(id: string): Fence;
  /** Gives a run back, finished, not or taken over; who died with it before is forgotten. */
  release(id: string): void;
  /** Whether anything of a lease on a run is there, of the living or the dead, who may have died while they took it. */
  stands(id: string): boolean;
  /** The processes that died with a run that this one has now, if their leases can still be read. */
  dead(id: string): Holder[];
  /** The living process that has a run. */
  holder(id: string): Holder | undefined;
  /** Gives everything back. */
  close(): void;
}

/** Opens the leases of an experiment's folder, which is made where it is not there, but not again; from the first that is taken on, signs of life are given until they are
 *  closed. One that cannot be written is no reason to stop.
 *  @param say takes notices. @param self another process than this one, in tests. */
export function openLeases(
  experimentFolder: string,
  self: Holder = thisProcess(),
  say: (notice: string) => void = () => undefined,
): Leases {
  writing(experimentFolder, () => makeFolders(experimentFolder));
  const folder = join(experimentFolder, FOLDER);
  const earlier = join(experimentFolder, EARLIER_FOLDER);
  const held = new Map<string, number>();
  const ownBeat = join(folder, `${BEAT}${self.token}`);
  const sign = JSON.stringify(self);
  let heartbeat: Heartbeat | undefined;
  let lastBeat = { disk: 0, here: -Infinity };
  const giveSign = (): void => {
    makeFolder(experimentFolder, folder);
    lastBeat = { disk: beat(ownBeat, sign), here: milliseconds() };
  };
  const begin = (): void => {
    if (heartbeat !== undefined) return;
    giveSign();
    heartbeat = startHeartbeat(ownBeat, sign, (trouble) => say(troubleText(experimentFolder, trouble)));
  };
  /** The time by the disk's clock: those of other machines may differ. */
  const now = (): number => {
    if (milliseconds() - lastBeat.here > BEAT_SECONDS * 1000) {
      try {
        giveSign();
      } catch (error) {
        if (heartbeat === undefined) throw error;
      }
    }
    return lastBeat.disk + milliseconds() - lastBeat.here;
  };
  const livingIn = (place: string, id: string): Holder | undefined => {
    const file = leaseFile(place, id, latestGeneration(place, id));
    const holder = readHolder(file);
    if (holder === undefined || isRunning(holder) === false) return undefined;
    if (holder.token === self.token) return holder;
    return now() - lastSign(place, holder.token) < DEAD_SECONDS * 1000 ? holder : undefined;
  };
  const livingHolder = (id: string): Holder | undefined => livingIn(folder, id) ?? livingIn(earlier, id);
  const release = (id: string): void => {
    const generation = held.get(id);
    if (generation === undefined) return;
    held.delete(id);
    giveBack(folder, id, generation, lastBeat.disk);
  };
  /** Makes a lease, unless another was quicker. @returns false then. */
  const makeLease = (id: string, generation: number): boolean => {
    const own = join(folder, id, `${NEW}${self.token}-${randomUUID().slice(0, 8)}`);
    const lease = leaseFile(folder, id, generation);
    try {
      makeFolder(experimentFolder, join(folder, id));
      writeFileSync(own, JSON.stringify(self), { flag: "wx" });
      linkSync(own, lease);
      return true;
    } catch (error) {
      // A link that was made, but whose answer was lost on its way, says that there is one.
      if (readHolder(lease)?.token === self.token) return true;
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EEXIST" || (code === "ENOENT" && existsSync(experimentFolder))) return false;
      throw error;
    } finally {
      removeQuietly(own);
    }
  };
  return {
    take(id) {
      if (held.has(id)) return true;
      return writing(experimentFolder, () => {
        begin();
        const generation = latestGeneration(folder, id);
        const holder = livingHolder(id);
        const mine = holder?.token === self.token; // given back, but the disk did not let it go
        if (!mine && (holder !== undefined || !makeLease(id, generation + 1))) return false;
        held.set(id, mine ? generation : generation + 1);
        rmSync(join(earlier, id), { recursive: true, force: true });
        return true;
      });
    },
    fence: (id) => ({ folder, id, generation: held.get(id) ?? 0, token: self.token }),
    release,
    stands: (id) => [folder, earlier].some((place) => existsSync(join(place, id))),
    dead(id) {
      const past = generations(join(folder, id)).filter((generation) => generation < (held.get(id) ?? 0));
      const holders = past.flatMap((generation) => readHolder(leaseFile(folder, id, generation)) ?? []);
      return holders.filter((holder) => isRunning(holder) !== true); // who only stood still is to blame for nothing
    },
    holder: livingHolder,
    close() {
      heartbeat?.stop();
      for (const id of [...held.keys()]) release(id);
      removeQuietly(ownBeat);
      for (const place of [folder, earlier]) sweep(place, lastBeat.disk);
      removeIfEmpty(earlier);
    },
  };
}

function troubleText(folder: string, trouble: string | undefined): string {
  if (trouble === undefined) return `${folder}: the heartbeat can be written again`;
  return (
    `${folder}: the heartbeat cannot be written (${trouble}); the runs go on, ` +
    `but after ${DEAD_SECONDS} s without one other processes may take them over`
  );
}

/** Makes a folder of an experiment. @throws ENOENT where the experiment's own is gone. */
function makeFolder(experimentFolder: string, folder: string): void {
  if (existsSync(folder)) return;
  statSync(experimentFolder);
  makeFolders(folder);
}

/** When a holder last gave a sign of life. */
const lastSign = (folder: string, token: string): number =>
  statSync(join(folder, `${BEAT}${token}`), { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;

/** Removes a lease and those of the dead before it, or its own alone where another has taken the run over, and what dead
 *  takers left. @param now in the file system's time. */
function giveBack(leases: string, id: string, generation: number, now: number): void {
  const folder = join(leases, id);
  const names = quietly(() => readdirIfThere(folder)) ?? [];
  const all = names.flatMap((name) => /^\d+(?=\.json$)/.exec(name)?.map(Number) ?? []);
  const takenOver = all.some((other) => other > generation);
  for (const one of all)
    if (takenOver ? one === generation : one <= generation) removeQuietly(join(folder, `${one}.json`));
  for (const name of names)
    if (name.startsWith(NEW) && isOfDead(leases, join(folder, name), now)) removeQuietly(join(folder, name));
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

/** Removes the beats of processes that died long ago. @param now in the file system's time. */
function sweep(folder: string, now: number): void {
  for (const name of quietly(() => readdirIfThere(folder)) ?? []) {
    const path = join(folder, name);
    const seen = name.startsWith(BEAT) ? quietly(() => statSync(path).mtimeMs) : undefined;
    if (seen !== undefined && now - seen > FORGOTTEN_SECONDS * 1000) removeQuietly(path);
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

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // it has files in it, or isn't there
  }
}
