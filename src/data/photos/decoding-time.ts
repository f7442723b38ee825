import { join } from "node:path";
import { median } from "../../core/averages.js";
import { milliseconds } from "../../core/clock.js";
import type { Frame } from "../dataset.js";
import { undecoded, type Wanted } from "./cache.js";
import { decodePhoto } from "./decode.js";
import { usefulThreads } from "./decoders.js";

/** Photos that are timed, after one that warms up. */
const TIMED = 6;

/** Milliseconds that decoding takes of the photos which the cache does not hold yet, by a few of them: nothing is kept.
 *  Photos that cannot be decoded are not counted: whoever needs them is told. */
export async function decodingTime(wanted: Wanted, frame: Pick<Frame, "size" | "channels">): Promise<number> {
  const left = undecoded(wanted, frame);
  const every = Math.max(1, Math.floor(left.length / (TIMED + 1)));
  const sample = left.filter((_photo, i) => i % every === 0).slice(0, TIMED + 1);
  const times: number[] = [];
  for (const { path, cropBottom, sha256 } of sample) {
    const begun = milliseconds();
    const isWhole = await decodePhoto(join(wanted.files, path), { ...frame, cropBottom }, sha256).then(
      () => true,
      () => false,
    );
    if (isWhole) times.push(milliseconds() - begun);
  }
  if (times.length === 0) return 0;
  const each = median(times.slice(Math.min(1, times.length - 1)));
  return (left.length * each) / Math.max(1, usefulThreads(left.length));
}
