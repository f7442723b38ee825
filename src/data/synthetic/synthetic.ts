import type { DataOptions, DatasetEntry, PartName } from "../dataset.js";
import { bytesOf, type Shape } from "../images/shape.js";
import { drawDigit, GENERATOR, SYNTHETIC_CLASSES, SYNTHETIC_SIDE, SYNTHETIC_SPLITS, type Style } from "./digits.js";

/** Default counts; options may ask for any others, smaller or larger. */
const COUNTS: Readonly<Record<PartName, number>> = { train: 10_000, validation: 2_000, test: 2_000 };
const SEED = 0;

/** How one domain of drawn images is made. */
export interface Drawing {
  readonly shape: Shape;
  readonly classes: number;
  /** Everything the bytes depend on besides the seed. */
  readonly identity: Readonly<Record<string, unknown>>;
  /** Draws image `index`, of class index mod `classes`, of the split of this number in the random stream. */
  draw(seed: number, split: number, index: number, out: Uint8Array): void;
}

/** A dataset without files, of which only the images that are asked for are drawn: an official validation split, images numbered from 0 in every split. */
export function drawnDataset(
  domains: readonly string[],
  drawing: (domain: string, options: DataOptions) => Drawing,
): DatasetEntry {
  return {
    domains,
    open(domain, options) {
      const { shape, classes, identity, draw } = drawing(domain, options);
      return {
        shape,
        classes,
        dataTag: "synthetic",
        identity: { ...identity, seed: SEED },
        officialValidation: true,
        part(name) {
          const count = options[`${name}Images`] ?? COUNTS[name];
          const size = bytesOf(shape);
          return {
            labels: Uint16Array.from({ length: count }, (_unused, i) => i % classes),
            pixels(indices = Int32Array.from({ length: count }, (_unused, i) => i)) {
              const pixels = new Uint8Array(indices.length * size);
              indices.forEach((index, i) => {
                draw(SEED, SYNTHETIC_SPLITS[name], index, pixels.subarray(i * size, (i + 1) * size));
              });
              return pixels;
            },
          };
        },
      };
    },
  };
}

/** A dataset of drawn digits.
 *  @param variants style and domain number in the random stream of every domain id. */
export function syntheticDataset(
  variants: Readonly<Record<string, { readonly style: Style; readonly number: number }>>,
): DatasetEntry {
  return drawnDataset(Object.keys(variants), (domain) => {
    const { style, number } = variants[domain]!;
    return {
      shape: { height: SYNTHETIC_SIDE, width: SYNTHETIC_SIDE, channels: 1 },
      classes: SYNTHETIC_CLASSES,
      identity: { generator: GENERATOR, style, number },
      draw: (seed, split, index, out) => {
        drawDigit(seed, style, number, split, index, out);
      },
    };
  });
}
