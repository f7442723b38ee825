import { describe } from "vitest";
import { UserError } from "../../src/core/errors.js";
import type { Engine, EngineName } from "../../src/engine/engine.js";
import { openNamedEngine } from "../../src/engine/open.js";
import { missing } from "./require.js";

/** Relative agreement that is asked of an engine's numbers. */
const TOLERANCE: Readonly<Record<EngineName, number>> = { tensorflow: 1e-5, wasm: 1e-5, reference: 1e-9 };

export const ENGINE_NAMES = Object.keys(TOLERANCE) as EngineName[];

/** Opens an engine for tests; the native one may be missing. */
export async function engineOrNone(name: EngineName): Promise<Engine | undefined> {
  try {
    return await openNamedEngine(name, { threads: 2 });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return missing(`engine ${name}: ${error.message}`);
  }
}

/** A group of tests for every engine that opens here. The engine is the current one while the tests of its group run:
 *  call `use` first in each test. */
export async function eachEngine(
  tests: (setup: { name: EngineName; engine: Engine; tolerance: number; use(): Promise<Engine> }) => void,
  names: readonly EngineName[] = ENGINE_NAMES,
): Promise<void> {
  for (const name of names) {
    const engine = await engineOrNone(name);
    if (engine === undefined)
      describe.skip(`engine ${name}`, () =>
        tests({ name, engine: undefined!, tolerance: 0, use: () => openNamedEngine(name) }));
    else
      describe(`engine ${name}`, () =>
        tests({ name, engine, tolerance: TOLERANCE[name], use: () => openNamedEngine(name) }));
  }
}
