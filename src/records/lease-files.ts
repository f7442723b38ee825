import { join } from "node:path";
import { readdirIfThere } from "../core/files.js";

/** Where leases lie in an experiment's folder: `leases/<run>/<generation>.json`, and `leases/beat-<token>`. */
export const FOLDER = "leases";
/** Their folder in earlier versions. What a living process has there is its own; what dead ones left is removed. */
export const EARLIER_FOLDER = "claims";
export const BEAT = "beat-";

/** The generations of a run's leases that are there. @throws what the file system says but that there are none. */
export const generations = (folder: string): number[] =>
  readdirIfThere(folder).flatMap((name) => /^\d+(?=\.json$)/.exec(name)?.map(Number) ?? []);

/** The generation of the lease that holds; 0: none. */
export const latestGeneration = (folder: string, id: string): number => Math.max(0, ...generations(join(folder, id)));

export const leaseFile = (folder: string, id: string, generation: number): string =>
  join(folder, id, `${generation}.json`);
