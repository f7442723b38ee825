import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { writeAtomic } from "../../core/files.js";
import { contentId } from "../../core/hash.js";
import { cacheHome } from "../../core/home.js";
import { DISTURBING, instructionSet, watchOthers } from "../../core/processor.js";
import { findAddon, kernelsFile } from "../../engine/backends/tensorflow/location.js";
import { machine } from "../../records/machine.js";

/** What is measured. */
const KINDS = { threads: z.int(), crowding: z.number(), "runs-per-gpu": z.int() } as const;

/** A number that was measured on this machine with this native engine, in a file of the user's cache folder. */
interface Remembered {
  /** Undefined: it was not measured yet. */
  readonly known: number | undefined;
  keep(value: number): void;
  /** What is known, or is measured now, and kept unless others used the processors meanwhile. @param measure has ended the
   *  processes that it started. */
  orMeasured(measure: () => Promise<number>): Promise<number>;
}

/** @param kind what is measured. @param most that it can be; 1 is the least. @param of plain values that say of what. */
export function remembered(kind: keyof typeof KINDS, most: number, of: object): Remembered {
  const id = contentId({ ...of, hardware: machine().hardware, engine: nativeEngine() });
  const file = join(cacheHome(), "metamd", kind, `${id}.json`);
  const known = read(file, kind, most);
  const keep = (value: number): void => {
    try {
      writeAtomic(file, `${JSON.stringify({ [kind]: value })}\n`);
    } catch {
      // it is measured again
    }
  };
  return {
    known,
    keep,
    async orMeasured(measure) {
      if (known !== undefined) return known;
      const byOthers = watchOthers();
      const found = await measure();
      if (byOthers() < DISTURBING) keep(found);
      return found;
    },
  };
}

/** What the native engine here is known by, wherever it lies: its build, and the file of its own operations, which is another
 *  with each of their versions. */
function nativeEngine(): string {
  const addon = findAddon();
  if ("missing" in addon) return "";
  const own = kernelsFile(addon.folder, instructionSet());
  return join(basename(addon.folder), existsSync(own) ? basename(own) : "");
}

/** @returns undefined also where the file has what was never measured. */
function read(file: string, kind: keyof typeof KINDS, most: number): number | undefined {
  try {
    const schema = z.object({ [kind]: KINDS[kind].min(1).max(most) });
    return schema.parse(JSON.parse(readFileSync(file, "utf8")))[kind];
  } catch {
    return undefined;
  }
}
