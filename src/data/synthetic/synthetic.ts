import type { DatasetEntry, PartName } from "../dataset.js";
import { decodedPart } from "../part.js";
import { drawDigit, GENERATOR, SYNTHETIC_CLASSES, SYNTHETIC_SIDE, SYNTHETIC_SPLITS, type Style } from "./digits.js";

/** Default counts; options may ask for any others, smaller or larger. */
const COUNTS: Readonly<Record<PartName, number>> = { train: 10_000, validation: 2_000, test: 2_000 };
const SEED = 0;

/** A dataset of drawn digits: no files, an official validation split, images numbered from 0 in every split.
 *  @param variants style and domain number in the random stream of every domain id. */
export function syntheticDataset(
  variants: Readonly<Record<string, { readonly style: Style; readonly number: number }>>,
): DatasetEntry {
  return {
    domains: Object.keys(variants),
    open(domain, options) {
      const { style, number } = variants[domain]!;
      return {
        shape: { height: SYNTHETIC_SIDE, width: SYNTHETIC_SIDE, channels: 1 },
        classes: SYNTHETIC_CLASSES,
        dataTag: "synthetic",
        identity: { generator: GENERATOR, seed: SEED, style, number },
        officialValidation: true,
        part(name) {
          const count = options[`${name}Images`] ?? COUNTS[name];
          const size = SYNTHETIC_SIDE * SYNTHETIC_SIDE;
          const pixels = new Uint8Array(count * size);
          for (let i = 0; i < count; i++)
            drawDigit(SEED, style, number, SYNTHETIC_SPLITS[name], i, pixels.subarray(i * size, (i + 1) * size));
          return decodedPart(
            Uint8Array.from({ length: count }, (_unused, i) => i % SYNTHETIC_CLASSES),
            pixels,
          );
        },
      };
    },
  };
}
