import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";

/** Seconds between a process's signs of life, and without one until it is taken for dead on another machine. */
const BEAT_SECONDS = 15;
const DEAD_SECONDS = 90;

const holderSchema = z.strictObject({
  host: z.string(),
  pid: z.int(),
  /** When the process began, in the kernel's own count, since a pid is used again; empty where the kernel does not say. */
  began: z.string(),
  /** Unlike any other process's. */
  token: z.string(),
});
/** A process that runs something. */
export type Holder = z.output<typeof holderSchema>;

/** Which process runs which run, where several share a results folder: `<experiment>/claims/<run>/<generation>.json`.
 *  A claim appears whole or not at all, and only as the next generation after one whose holder is dead: of several
 *  takers one wins. It keeps two living processes from doing the same work; that results are never overwritten is the
 *  record's own business. */
export interface Claims {
  /** Claims a run for this process. @returns false when another living process has it. */
  take(id: string): boolean;
  /** Gives a run back, finished or not. */
  release(id: string): void;
  /** The living process that has a run. */
  holder(id: string): Holder | undefined;
  /** Gives everything back. */
  close(): void;
}

/** Opens the claims of an experiment's folder, and gives signs of life until they are closed.
 *  @param self another process than this one, in tests. */
export function openClaims(experimentFolder: string, self: Holder = thisProcess()): Claims {
  const folder = join(experimentFolder, "claims");
  const held = new Map<string, number>();
  const fileOf = (id: string, generation: number): string => join(folder, id, `${generation}.json`);
  const beatOf = ({ token }: Holder): string => join(folder, `beat-${token}`);
  let lastBeat = 0;
  /** A sign of life, in the file system's time: the clocks of other machines may differ. */
  const beat = (): void => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(beatOf(self), "alive");
    lastBeat = statSync(beatOf(self)).mtimeMs;
  };
  const beating = setInterval(() => {
    if (held.size > 0) beat();
  }, BEAT_SECONDS * 1000);
  beating.unref();

  const alive = (holder: Holder): boolean => {
    if (holder.host === self.host) return isRunning(holder);
    beat();
    const seen = statSync(beatOf(holder), { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
    return lastBeat - seen < DEAD_SECONDS * 1000;
  };
  const latest = (id: string): { generation: number; holder?: Holder } => {
    const generation = Math.max(0, ...generations(join(folder, id)));
    try {
      return { generation, holder: holderSchema.parse(JSON.parse(readFileSync(fileOf(id, generation), "utf8"))) };
    } catch {
      return { generation }; // given back just now
    }
  };
  const release = (id: string): void => {
    const generation = held.get(id);
    if (generation === undefined) return;
    held.delete(id);
    const past = generations(join(folder, id)).filter((other) => other <= generation);
    for (const one of past) rmSync(fileOf(id, one), { force: true });
    try {
      rmdirSync(join(folder, id));
    } catch {
      // another process has claimed it meanwhile
    }
  };
  return {
    take(id) {
      if (held.has(id)) return true;
      if (held.size === 0) beat();
      const { generation, holder } = latest(id);
      if (holder !== undefined && alive(holder)) return false;
      const whole = join(folder, id, `new-${self.token}`);
      try {
        mkdirSync(join(folder, id), { recursive: true });
        writeFileSync(whole, JSON.stringify(self));
        linkSync(whole, fileOf(id, generation + 1));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "EEXIST" || code === "ENOENT") return false; // another was quicker
        throw error;
      } finally {
        rmSync(whole, { force: true });
      }
      held.set(id, generation + 1);
      return true;
    },
    release,
    holder(id) {
      const { holder } = latest(id);
      return holder !== undefined && alive(holder) ? holder : undefined;
    },
    close() {
      clearInterval(beating);
      for (const id of [...held.keys()]) release(id);
      rmSync(beatOf(self), { force: true });
    },
  };
}

function generations(folder: string): number[] {
  try {
    return readdirSync(folder).flatMap((name) => /^\d+(?=\.json$)/.exec(name)?.map(Number) ?? []);
  } catch {
    return [];
  }
}

const thisProcess = (): Holder => ({
  host: hostname(),
  pid: process.pid,
  began: kernelOn(process.pid)?.began ?? "",
  token: randomUUID(),
});

function isRunning({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const known = kernelOn(pid);
  return known === undefined || began === "" || (known.began === began && known.state !== "Z");
}

/** What Linux says of a process: its state, and when it began. */
function kernelOn(pid: number): { readonly state: string; readonly began: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0]!, began: fields[19]! };
  } catch {
    return undefined;
  }
}
