import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomic } from "../../core/files.js";
import { contentId } from "../../core/hash.js";
import { cacheHome } from "../../core/home.js";
import { instructionSet } from "../../core/processor.js";
import { findAddon, kernelsFile } from "../../engine/backends/tensorflow/location.js";
import { machine } from "../../records/machine.js";

/** A number that was measured on this machine with this native engine, in a file of the user's cache folder. */
interface Remembered {
  /** Undefined: it was not measured yet. */
  readonly known: number | undefined;
  keep(value: number): void;
}

/** @param kind what is measured. @param of plain values that say of what. */
export function remembered(kind: "threads" | "crowding" | "runs-per-gpu", of: object): Remembered {
  const id = contentId({ ...of, hardware: machine().hardware, engine: nativeEngine() });
  const file = join(cacheHome(), "metamd", kind, `${id}.json`);
  return {
    known: read(file, kind),
    keep(value) {
      try {
        writeAtomic(file, `${JSON.stringify({ [kind]: value })}\n`);
      } catch {
        // it is measured again
      }
    },
  };
}

/** What the native engine here is known by: its folder, or the file of its own operations, which is another with each of
 *  their versions. */
function nativeEngine(): string {
  const addon = findAddon();
  if ("missing" in addon) return "";
  const own = kernelsFile(addon.folder, instructionSet());
  return existsSync(own) ? own : addon.folder;
}

function read(file: string, kind: string): number | undefined {
  try {
    return z.record(z.string(), z.number().positive()).parse(JSON.parse(readFileSync(file, "utf8")))[kind];
  } catch {
    return undefined;
  }
}

/** Whether so much else is computed here that what is measured now should be forgotten. */
export const isBusy = (): boolean => loadavg()[0]! > availableParallelism() / 2;
