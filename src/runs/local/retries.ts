import type { Leases } from "../../records/leases.js";
import type { RunStore } from "../../records/store.js";

/** Dead processes that a run is to blame for when it is given up. */
const TRIES = 2;
/** The part of the blame of a run that was computed and only had to be written: what ran beside it is a likelier cause. */
const WRITTEN = 1 / 10;

/** Makes a run that failed, or that processes died with, one that was never tried, unless another process is about it. */
export function beginAnew(id: string, store: RunStore, leases: Leases): void {
  if ((store.failure(id) === undefined && !leases.stands(id)) || !leases.take(id)) return;
  if (store.failure(id) !== undefined) store.setAside(id);
  leases.release(id);
}

/** Removes the leases of processes that died between a run's record and giving the run back. @param id of a finished run. */
export function forget(id: string, leases: Leases): void {
  if (leases.stands(id) && leases.take(id)) leases.release(id);
}

/** What speaks against trying a run again: that two processes died with it. Of a process that had several runs at a time
 *  each is to blame for its part only. @param losses times that a worker of this command died while it wrote the run. */
export function blameOf(id: string, leases: Leases, losses: number): string | undefined {
  if (losses * WRITTEN >= TRIES) return `${losses} times a process died that was writing it`;
  const dead = leases.dead(id);
  const blame = dead.reduce((sum, { runs = 1, wasComputed }) => sum + (wasComputed ? WRITTEN : 1) / runs, 0);
  if (blame < TRIES) return undefined;
  const names = dead.map(
    ({ pid, host, job }) => `${job === undefined ? "" : `Slurm job ${job}, `}process ${pid} on ${host}`,
  );
  return `every process that ran it died: ${names.join("; ")}`;
}
