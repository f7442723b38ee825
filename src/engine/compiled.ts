import { canonicalJson } from "../core/hash.js";
import { residentBytes } from "../core/memory.js";

/** What holds memory of an engine until it is let go. */
interface Disposable {
  dispose(): void;
}

/** Compiled programs by what they depend on. */
export interface CompiledPrograms {
  /** A program that is here already, or a new one. @param key plain values that say what it depends on. */
  of<Compiled extends Disposable>(key: unknown, compile: () => Compiled): Compiled;
  /** Gives up all of them. */
  dispose(): void;
}

/** Memory of this process beyond which old programs are given up for new ones, and how many are kept: a run has two in
 *  use. */
const ENOUGH_BYTES = 2 * 2 ** 30;
const KEPT = 3;

/** Keeps programs for the runs that come after; what was given up is compiled again when it is needed again. */
export function compiledPrograms(): CompiledPrograms {
  const programs = new Map<string, Disposable>();
  const forgetOldest = (): void => {
    const [oldest] = programs;
    if (oldest === undefined || programs.size <= KEPT || residentBytes(process.pid) < ENOUGH_BYTES) return;
    oldest[1].dispose();
    programs.delete(oldest[0]);
  };
  return {
    of<Compiled extends Disposable>(key: unknown, compile: () => Compiled): Compiled {
      const text = canonicalJson(key);
      let held = programs.get(text) as Compiled | undefined;
      if (held === undefined) {
        forgetOldest();
        held = compile();
      }
      programs.delete(text);
      programs.set(text, held); // the last one is the one used last
      return held;
    },
    dispose() {
      for (const program of programs.values()) program.dispose();
      programs.clear();
    },
  };
}
