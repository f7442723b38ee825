import { EXIT, UserError } from "../../core/errors.js";
import { freeBytes } from "../../core/files.js";
import type { ResolvedConfig } from "../../config/load.js";
import type { Cell } from "../../records/plan.js";
import type { RunStore } from "../../records/store.js";
import type { Domains } from "./available-domains.js";
import { cellSteps } from "./cell-steps.js";

/** What a run's record and a row of its curve take on disk, seen on real runs. */
export const RECORD_BYTES = 4000;
export const CURVE_ROW_BYTES = 70;

/** Refuses runs whose records and curves the results' disk has no room for.
 *  @param free bytes left where a path lies. @throws UserError (usage) with the bytes needed. */
export function refuseFullDisk(
  cells: readonly Cell[],
  config: ResolvedConfig,
  domains: Domains,
  store: RunStore,
  free: (path: string) => number = freeBytes,
): void {
  const left = cells.filter(({ id }) => !store.has(id));
  const rows = left.reduce((sum, cell) => sum + cellSteps(config, cell, domains), 0);
  const needed = left.length * RECORD_BYTES + rows * CURVE_ROW_BYTES;
  const available = free(store.folder);
  if (needed <= available) return;
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  throw new UserError(EXIT.usage, {
    where: store.folder,
    given: `${megabytes(available)} of disk space left`,
    accepted: `at least ${megabytes(needed)}: records and curves of ${left.length} runs`,
    hint: "free space there, or --results DIR on another disk",
  });
}
