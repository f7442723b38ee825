import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Guard } from "../core/files.js";
import { latestGeneration, leaseFile } from "./lease-files.js";
import { readHolder } from "./holder.js";
import { vanished, writing } from "./writable.js";

/** What a process shows for a run that it writes files of: its lease, which it may have lost without noticing. */
export interface Fence {
  /** The folder of the leases. */
  readonly folder: string;
  readonly id: string;
  readonly generation: number;
  readonly token: string;
}

/** Another process has the run, since this one gave no sign of life for long: what it has computed since is not written. */
export class TakenOver extends Error {
  constructor(id: string) {
    super(`run ${id} was taken over by another process`);
    this.name = "TakenOver";
  }
}

/** A guard that asks whether a lease still holds. Who takes a run over removes what was being written of it after that, so
 *  that a file of the run whose fence was checked when it was whole appears in time or never. The experiment's folder is never
 *  made anew. It throws TakenOver; UserError (usage) where the folder has vanished or cannot be read. */
export const guardOf = (fence: Fence): Guard => Object.assign(() => checkFence(fence), { within: experimentOf(fence) });

const experimentOf = ({ folder }: Fence): string => dirname(folder);

function checkFence(fence: Fence): void {
  const { folder, id, generation, token } = fence;
  const experiment = experimentOf(fence);
  const held = writing(experiment, () => {
    const latest = latestGeneration(folder, id);
    return latest === generation && readHolder(leaseFile(folder, id, generation))?.token === token;
  });
  if (held) return;
  if (!existsSync(experiment)) throw vanished(experiment);
  throw new TakenOver(id);
}
