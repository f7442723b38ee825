import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../core/errors.js";
import { checkSum } from "./checksums.js";
import { RECORD_VERSION } from "./record.js";

/** What a run's record says of it, at a glance. */
export interface RunState {
  readonly state: "done" | "diverged" | "skipped" | "failed" | "damaged";
  /** Why it failed, or what is wrong with its record. */
  readonly reason?: string;
}

const glance = z.object({
  schemaVersion: z.literal(RECORD_VERSION),
  id: z.string(),
  state: z.enum(["done", "diverged", "skipped", "failed"]),
  failure: z.string().optional(),
});

/** The states of all runs of an experiment that have a record; quick: most of a record is not checked. */
export function readRunStates(experimentFolder: string): Map<string, RunState> {
  const runs = join(experimentFolder, "runs");
  const states = new Map<string, RunState>();
  for (const id of namesIn(runs)) {
    const state = readState(join(runs, id, "record.json"), id);
    if (state !== undefined) states.set(id, state);
  }
  return states;
}

function readState(path: string, id: string): RunState | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? undefined : { state: "damaged", reason: message };
  }
  try {
    const json = JSON.parse(bytes.toString()) as { schemaVersion?: unknown };
    if (json.schemaVersion !== RECORD_VERSION)
      return { state: "damaged", reason: `schemaVersion ${String(json.schemaVersion)}, not ${RECORD_VERSION}` };
    const { state, failure, id: given } = glance.parse(json);
    if (given !== id) return { state: "damaged", reason: `the record of run ${given}` };
    checkSum(path, bytes, "");
    return { state, ...(failure !== undefined && { reason: failure }) };
  } catch (error) {
    if (error instanceof UserError) return { state: "damaged", reason: error.faults[0]!.given };
    return {
      state: "damaged",
      reason: error instanceof SyntaxError ? `not valid JSON: ${error.message}` : "not a run record",
    };
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
