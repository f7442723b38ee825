import { mean as meanOf } from "../../core/averages.js";
import type { NormalisationKind, Split } from "../dataset.js";
import { rowReader } from "./rows.js";

/** (x/255 − mean)/std, one mean and one std a channel. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** torchvision's constants. */
export const IMAGENET: Normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
/** An image without contrast is not divided by nothing. */
const LEAST_STD = 1e-6;

/** The normalisation that a suite asks for. @param train the split that "meanstd" is measured on.
 *  "imagenet" on one channel takes the mean of the three. */
export async function normalisationOf(
  kind: NormalisationKind,
  channels: number,
  train: () => Promise<Split>,
): Promise<Normalisation> {
  const constant = (value: number): number[] => new Array<number>(channels).fill(value);
  if (kind === "none") return { mean: constant(0), std: constant(1) };
  if (kind === "meanstd") return measure(await train());
  const { mean, std } = IMAGENET;
  return channels === 3 ? IMAGENET : { mean: constant(meanOf(mean)), std: constant(meanOf(std)) };
}

/** Mean and standard deviation of every channel over all pixels, from exact counts of the bytes. */
function measure(split: Split): Normalisation {
  const { channels } = split.shape;
  const counts = new Float64Array(256 * channels);
  const reader = rowReader(split);
  for (let i = 0; i < split.count; i++) {
    const row = reader.read(i);
    for (let at = 0, channel = 0; at < row.length; at++) {
      counts[256 * channel + row[at]!]!++;
      if (++channel === channels) channel = 0;
    }
  }
  reader.close();
  const moments = Array.from({ length: channels }, (_unused, channel) => {
    let [n, sum, squares] = [0, 0, 0];
    for (let byte = 0; byte < 256; byte++) {
      const count = counts[256 * channel + byte]!;
      n += count;
      sum += count * byte;
      squares += count * byte * byte;
    }
    const mean = sum / n;
    return { mean: mean / 255, std: Math.max(Math.sqrt(squares / n - mean * mean) / 255, LEAST_STD) };
  });
  return { mean: moments.map(({ mean }) => mean), std: moments.map(({ std }) => std) };
}
