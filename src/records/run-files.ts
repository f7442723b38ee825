import { rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic, type Guard } from "../core/files.js";
import { writeSums } from "./checksums.js";
import { writing } from "./writable.js";

export const RECORD = "record.json";
export const CURVE = "curve.csv";

/** What is written of a run that has ended: plain values, which another thread can be given. */
export interface RunFiles {
  readonly experimentFolder: string;
  readonly runFolder: string;
  readonly curve: string;
  readonly record: string;
}

/** Writes a run's curve, then the checksums, then the record, which is what makes it finished.
 *  @throws UserError (usage) where the disk refuses; what `guard` throws. */
export function writeRunFiles({ experimentFolder, runFolder, curve, record }: RunFiles, guard?: Guard): void {
  const recordFile = join(runFolder, RECORD);
  writing(experimentFolder, () => {
    guard?.();
    rmSync(recordFile, { force: true }); // of a failed run, whose checksum goes
    writeAtomic(join(runFolder, CURVE), curve, guard);
    writeSums(runFolder, { [CURVE]: curve, [RECORD]: record }, guard);
    writeAtomic(recordFile, record, guard);
  });
}
