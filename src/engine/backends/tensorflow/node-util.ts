import { createRequire } from "node:module";

/** Functions that tfjs-node calls and Node 23 removed from `util`. */
const REMOVED = {
  isArray: Array.isArray,
  isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined,
};

/** Puts back what tfjs-node needs of `util`; what is there stays. */
export function patchNodeUtil(): void {
  const util = createRequire(import.meta.url)("node:util") as Record<string, unknown>;
  for (const [name, replacement] of Object.entries(REMOVED)) util[name] ??= replacement;
}
