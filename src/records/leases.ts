import { existsSync, linkSync, rmSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { milliseconds } from "../core/clock.js";
import { makeFolders, removeQuietly } from "../core/files.js";
import { beat, BEAT_SECONDS, DEAD_SECONDS, startHeartbeat, type Heartbeat } from "../core/heartbeat.js";
import { isRunning } from "../core/liveness.js";
import type { Fence } from "./fence.js";
import { readHolder, thisProcess, type Holder } from "./holder.js";
import {
  BEAT,
  EARLIER_FOLDER,
  FOLDER,
  generations,
  giveBack,
  lastSign,
  latestGeneration,
  leaseFile,
  NEW,
  noteComputed,
  removeIfEmpty,
  sweep,
  wasComputed,
} from "./lease-files.js";
import { writing } from "./writable.js";

/** Which process runs which run, where several share a results folder: `<experiment>/leases/<run>/<generation>.json`.
 *  A lease appears whole or not at all, and only as the next generation after one whose holder is dead: of several
 *  takers one wins. A holder that only stood still notices before it writes (`guardOf`). */
export interface Leases {
  /** Takes a run for this process. @returns false when another living process has it.
   *  @throws UserError (usage) when the disk refuses. */
  take(id: string): boolean;
  /** What shows that this process has a run, for those that write its files. */
  fence(id: string): Fence;
  /** Notes that a run is computed, and only its files are still to be written: should this process die now, it hardly died
   *  of this run. */
  computed(id: string): void;
  /** Gives a run back, finished, not or taken over; who died with it before is forgotten. */
  release(id: string): void;
  /** Whether anything of a lease on a run is there, of the living or the dead, who may have died while they took it. */
  stands(id: string): boolean;
  /** The processes that died with a run that this one has now, if their leases can still be read. */
  dead(id: string): DeadHolder[];
  /** The living process that has a run. */
  holder(id: string): Holder | undefined;
  /** Gives everything back. */
  close(): void;
}

/** A process that died with a run. */
interface DeadHolder extends Holder {
  /** Whether the run was computed, and only its files were still to be written. */
  readonly wasComputed: boolean;
}

/** Opens the leases of an experiment's folder, which is made where it is not there, but not again; from the first that is
 *  taken on, signs of life are given until they are closed. One that cannot be written is no reason to stop.
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
  const signs = signsOfLife(experimentFolder, folder, self, say);
  const livingIn = (place: string, id: string): Holder | undefined => {
    const file = leaseFile(place, id, latestGeneration(place, id));
    const holder = readHolder(file);
    if (holder === undefined || isRunning(holder) === false) return undefined;
    if (holder.token === self.token) return holder;
    return signs.now() - lastSign(place, holder.token) < DEAD_SECONDS * 1000 ? holder : undefined;
  };
  const livingHolder = (id: string): Holder | undefined => livingIn(folder, id) ?? livingIn(earlier, id);
  const release = (id: string): void => {
    const generation = held.get(id);
    if (generation === undefined) return;
    held.delete(id);
    giveBack(folder, id, generation, signs.last());
  };
  return {
    take(id) {
      if (held.has(id)) return true;
      return writing(experimentFolder, () => {
        signs.begin();
        const generation = latestGeneration(folder, id);
        const holder = livingHolder(id);
        const mine = holder?.token === self.token; // given back, but the disk did not let it go
        if (!mine && (holder !== undefined || !makeLease(experimentFolder, self, id, generation + 1))) return false;
        held.set(id, mine ? generation : generation + 1);
        rmSync(join(earlier, id), { recursive: true, force: true });
        return true;
      });
    },
    fence: (id) => ({ folder, id, generation: held.get(id) ?? 0, token: self.token }),
    computed: (id) => noteComputed(folder, id, held.get(id) ?? 0),
    release,
    stands: (id) => [folder, earlier].some((place) => existsSync(join(place, id))),
    dead(id) {
      const past = generations(join(folder, id)).filter((generation) => generation < (held.get(id) ?? 0));
      const holders = past.flatMap((generation) => {
        const holder = readHolder(leaseFile(folder, id, generation));
        return holder === undefined ? [] : { ...holder, wasComputed: wasComputed(folder, id, generation) };
      });
      return holders.filter((holder) => isRunning(holder) !== true); // who only stood still is to blame for nothing
    },
    holder: livingHolder,
    close() {
      signs.stop();
      for (const id of [...held.keys()]) release(id);
      removeQuietly(signs.file);
      for (const place of [folder, earlier]) sweep(place, signs.last());
      removeIfEmpty(earlier);
    },
  };
}

/** The signs of life of a process in an experiment's folder. */
interface SignsOfLife {
  /** Gives them from now on, if it does not already. */
  begin(): void;
  /** The time by the disk's clock: those of other machines may differ. */
  now(): number;
  /** When it last gave one itself, by the same clock. */
  last(): number;
  stop(): void;
  /** The file that is written. */
  readonly file: string;
}

function signsOfLife(
  experimentFolder: string,
  folder: string,
  self: Holder,
  say: (notice: string) => void,
): SignsOfLife {
  const file = join(folder, `${BEAT}${self.token}`);
  const sign = JSON.stringify(self);
  let heartbeat: Heartbeat | undefined;
  let last = { disk: 0, here: -Infinity };
  const give = (): void => {
    makeFolders(folder, experimentFolder);
    last = { disk: beat(file, sign), here: milliseconds() };
  };
  return {
    begin() {
      if (heartbeat !== undefined) return;
      give();
      heartbeat = startHeartbeat(file, sign, (trouble) => say(troubleText(experimentFolder, trouble)));
    },
    now() {
      if (milliseconds() - last.here > BEAT_SECONDS * 1000) {
        try {
          give();
        } catch (error) {
          if (heartbeat === undefined) throw error;
        }
      }
      return last.disk + milliseconds() - last.here;
    },
    last: () => last.disk,
    stop: () => heartbeat?.stop(),
    file,
  };
}

/** Makes a lease, unless another was quicker. @returns false then. */
function makeLease(experimentFolder: string, self: Holder, id: string, generation: number): boolean {
  const folder = join(experimentFolder, FOLDER);
  const own = join(folder, id, `${NEW}${self.token}-${randomUUID().slice(0, 8)}`);
  const lease = leaseFile(folder, id, generation);
  try {
    makeFolders(join(folder, id), experimentFolder);
    writeFileSync(own, JSON.stringify(self), { flag: "wx" });
    linkSync(own, lease);
    return true;
  } catch (error) {
    // A link that was made, but whose answer was lost on its way, says that there is one.
    if (readHolder(lease)?.token === self.token) return true;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || (code === "ENOENT" && existsSync(experimentFolder))) return false;
    removeQuietly(own);
    removeIfEmpty(join(folder, id));
    throw error;
  } finally {
    removeQuietly(own);
  }
}

function troubleText(folder: string, trouble: string | undefined): string {
  if (trouble === undefined) return `${folder}: the heartbeat can be written again`;
  return (
    `${folder}: the heartbeat cannot be written (${trouble}); the runs go on, ` +
    `but after ${DEAD_SECONDS} s without one other processes may take them over`
  );
}
