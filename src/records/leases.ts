import { linkSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { wallClock } from "../core/clock.js";
import { isRunning } from "../core/liveness.js";
import { readHolder, thisProcess, type Holder } from "./holder.js";
import { writing } from "./writable.js";

/** Seconds between a process's signs of life, and without one until it is taken for dead on another machine. */
const BEAT_SECONDS = 15;
const DEAD_SECONDS = 90;
/** Seconds after which a sign of life is not worth keeping. */
const FORGOTTEN_SECONDS = 3600;

const FOLDER = "leases";
/** Their folder in earlier versions. What a living process has there is its own; what dead ones left is removed. */
const EARLIER_FOLDER = "claims";

/** Which process runs which run, where several share a results folder: `<experiment>/leases/<run>/<generation>.json`.
 *  A lease appears whole or not at all, and only as the next generation after one whose holder is dead: of several
 *  takers one wins. It keeps two living processes from doing the same work; that results are never overwritten is the
 *  record's own business. */
export interface Leases {
  /** Takes a run for this process. @returns false when another living process has it. */
  take(id: string): boolean;
  /** Gives a run back, finished or not; who died with it before is forgotten. */
  release(id: string): void;
  /** Whether anybody's lease on a run is there, living or dead. */
  stands(id: string): boolean;
  /** The processes that died with a run that this one has now, if their leases can still be read. */
  dead(id: string): Holder[];
  /** The living process that has a run. */
  holder(id: string): Holder | undefined;
  /** Gives everything back. */
  close(): void;
}

/** Opens the leases of an experiment's folder, and gives signs of life until they are closed.
 *  @param self another process than this one, in tests. */
export function openLeases(experimentFolder: string, self: Holder = thisProcess()): Leases {
  const folder = join(experimentFolder, FOLDER);
  const earlier = join(experimentFolder, EARLIER_FOLDER);
  const held = new Map<string, number>();
  const fileOf = (id: string, generation: number): string => join(folder, id, `${generation}.json`);
  const ownBeat = join(folder, `beat-${self.token}`);
  let lastBeat = 0;
  /** A sign of life, in the file system's time: the clocks of other machines may differ. */
  const beat = (): void => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(ownBeat, "alive");
    lastBeat = statSync(ownBeat).mtimeMs;
  };
  const beating = setInterval(() => {
    if (held.size > 0) beat();
  }, BEAT_SECONDS * 1000);
  beating.unref();

  const livingIn = (place: string, id: string): Holder | undefined => {
    const holder = readHolder(latestFile(place, id));
    if (holder === undefined) return undefined;
    if (holder.host === self.host) return isRunning(holder.pid, holder.began) ? holder : undefined;
    beat();
    const seen = statSync(join(place, `beat-${holder.token}`), { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
    return lastBeat - seen < DEAD_SECONDS * 1000 ? holder : undefined;
  };
  const livingHolder = (id: string): Holder | undefined => livingIn(folder, id) ?? livingIn(earlier, id);
  const release = (id: string): void => {
    const generation = held.get(id);
    if (generation === undefined) return;
    held.delete(id);
    const past = generations(join(folder, id)).filter((other) => other <= generation);
    for (const one of past) rmSync(fileOf(id, one), { force: true });
    removeIfEmpty(join(folder, id)); // it isn't where another process has taken the run meanwhile
  };
  return {
    take(id) {
      if (held.has(id)) return true;
      if (held.size === 0) beat();
      const generation = latestGeneration(folder, id);
      if (livingHolder(id) !== undefined) return false;
      const whole = join(folder, id, `new-${self.token}`);
      try {
        writing(experimentFolder, () => {
          mkdirSync(join(folder, id), { recursive: true });
          writeFileSync(whole, JSON.stringify(self));
        });
        linkSync(whole, fileOf(id, generation + 1));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "EEXIST" || code === "ENOENT") return false; // another was quicker
        throw error;
      } finally {
        rmSync(whole, { force: true });
      }
      held.set(id, generation + 1);
      rmSync(join(earlier, id), { recursive: true, force: true });
      return true;
    },
    release,
    stands: (id) => [folder, earlier].some((place) => generations(join(place, id)).length > 0),
    dead(id) {
      const past = generations(join(folder, id)).filter((generation) => generation < (held.get(id) ?? 0));
      return past.flatMap((generation) => readHolder(fileOf(id, generation)) ?? []);
    },
    holder: livingHolder,
    close() {
      clearInterval(beating);
      for (const id of [...held.keys()]) release(id);
      rmSync(ownBeat, { force: true });
      for (const place of [folder, earlier]) sweep(place, lastBeat);
      removeIfEmpty(earlier);
    },
  };
}

/** Removes the beats of processes that died long ago. @param now in the file system's time. */
function sweep(folder: string, now: number): void {
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    const seen = name.startsWith("beat-") ? statSync(path, { throwIfNoEntry: false })?.mtimeMs : undefined;
    if (seen !== undefined && now - seen > FORGOTTEN_SECONDS * 1000) rmSync(path, { force: true });
  }
}

/** A lease on a run as it stands in the files. */
export interface Lease {
  readonly id: string;
  readonly holder: Holder;
  /** When the run was taken, in milliseconds of the wall clock. */
  readonly since: number;
  readonly alive: boolean;
}

/** Every lease of an experiment, without writing: life on other machines is judged by this machine's clock. */
export function readLeases(experimentFolder: string): Lease[] {
  return [EARLIER_FOLDER, FOLDER].flatMap((name) => readFolder(join(experimentFolder, name)));
}

function readFolder(folder: string): Lease[] {
  const names = namesIn(folder);
  const beats = new Map<string, number>();
  for (const name of names.filter((one) => one.startsWith("beat-")))
    beats.set(name.slice("beat-".length), statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0);
  const here = hostname();
  const now = wallClock();
  const ids = names.filter((one) => !one.startsWith("beat-"));
  return ids.flatMap((id): Lease[] => {
    const file = latestFile(folder, id);
    const holder = readHolder(file);
    const since = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
    if (holder === undefined || since === undefined) return [];
    const beatsNow = now - (beats.get(holder.token) ?? -Infinity) < DEAD_SECONDS * 1000;
    return [{ id, holder, since, alive: holder.host === here ? isRunning(holder.pid, holder.began) : beatsNow }];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // it has files in it, or isn't there
  }
}

const latestGeneration = (folder: string, id: string): number => Math.max(0, ...generations(join(folder, id)));
const latestFile = (folder: string, id: string): string => join(folder, id, `${latestGeneration(folder, id)}.json`);

function generations(folder: string): number[] {
  return namesIn(folder).flatMap((name) => /^\d+(?=\.json$)/.exec(name)?.map(Number) ?? []);
}
