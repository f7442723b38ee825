import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { EXIT, UserError } from "../../core/errors.js";
import { writeAtomic } from "../../core/files.js";
import { reading, saving } from "../../core/system-error.js";
import type { Cell } from "../../records/plan.js";
import { openRunStore, type RunStore } from "../../records/store.js";
import { readPlan } from "../experiment.js";
import { runEvents, runName } from "./run-events.js";

/** Says that a folder's contents are ours: a later export adds what is new. TensorBoard passes over it. */
const MARKER = "metamd-export.json";
const MARKED = `${JSON.stringify({ format: "metamd tensorboard", version: 1 })}\n`;

/** What is exported, and where to. */
export interface TensorboardRequest {
  /** Of experiments, in the results. */
  readonly folders: readonly string[];
  readonly to: string;
}

/** What came of it, in runs. */
export interface TensorboardExport {
  readonly path: string;
  readonly written: number;
  /** There from an earlier export. */
  readonly kept: number;
  /** Not finished, failed or skipped: nothing to show. */
  readonly without: number;
}

/** Writes every finished run's curve, hyper-parameters and final metrics as TensorBoard event files, a folder per run. One
 *  run is held at a time; what an earlier call wrote stays, since finished runs never change.
 *  @throws UserError: (usage) a folder with other things in it, or without a plan; (data) a file is damaged. */
export function exportTensorboard({ folders, to }: TensorboardRequest): TensorboardExport {
  const there = claimFolder(to);
  const count = { written: 0, kept: 0, without: 0 };
  for (const folder of folders) {
    const name = basename(folder);
    const store = openRunStore(dirname(folder), name);
    const known = new Set(store.list());
    for (const cell of readPlan(store).cells) {
      const file = join(to, runName(name, cell), "events.out.tfevents.metamd");
      if (there && existsSync(file)) count.kept++;
      else if (known.has(cell.id) && exportRun(store, cell, file)) count.written++;
      else count.without++;
    }
  }
  return { path: to, ...count };
}

/** @returns whether the run has anything to show. */
function exportRun(store: RunStore, cell: Cell, file: string): boolean {
  const record = store.read(cell.id, cell);
  if (record.state === "failed" || record.state === "skipped") return false;
  const events = runEvents(record, store.curve(cell.id));
  saving(file, () => writeAtomic(file, events));
  return true;
}

/** Takes a folder that is new, empty or ours. @returns whether it is ours already. */
function claimFolder(to: string): boolean {
  const accepted = "a new or empty folder, or one that this command wrote";
  const held = existsSync(to) ? reading({ where: to, accepted }, () => readdirSync(to)) : [];
  if (held.includes(MARKER)) return true;
  if (held.length > 0)
    throw new UserError(EXIT.usage, {
      where: to,
      given: `it is not empty (${held.slice(0, 3).join(", ")}${held.length > 3 ? ", …" : ""})`,
      accepted,
      hint: "name another folder with --tensorboard",
    });
  saving(to, () => writeAtomic(join(to, MARKER), MARKED));
  return false;
}
