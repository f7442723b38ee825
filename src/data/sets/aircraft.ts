import { readLists } from "../photos/lists.js";
import { photoDataset } from "../photos/photo-dataset.js";
import { refusal } from "../formats/refusal.js";

const FOLDER = "fgvc-aircraft-2013b/data";
/** Rows of the copyright banner at the bottom of every photo. */
const BANNER = 20;

/** FGVC-Aircraft by variant. A line of a list is an id, a blank, and the variant, which may hold blanks and slashes; the
 *  classes are numbered by the lines of variants.txt. */
export const aircraft = photoDataset("aircraft", (tree, described, { cropBanner = true }) => {
  const path = `${FOLDER}/variants.txt`;
  const variants = tree.lines(path).map(({ text }) => text.trimEnd());
  const classes = described.classes as number;
  if (new Set(variants).size !== classes || variants.length !== classes)
    throw refusal(tree.where(path), `${new Set(variants).size} variants`, `${classes}, a line each`);
  const numbers = new Map(variants.map((variant, label) => [variant, label]));
  const list = (name: string): string => `${FOLDER}/images_variant_${name}.txt`;
  const lists = readLists(
    tree,
    tree.below(`${FOLDER}/images`),
    classes,
    { train: list("train"), validation: list("val"), test: list("test") },
    (text) => {
      const [, id, variant = ""] = /^(\d{7}) (.+)$/.exec(text.trimEnd()) ?? [];
      const label = numbers.get(variant);
      if (id === undefined)
        return { given: JSON.stringify(text), accepted: "an image of seven digits and its variant" };
      if (label === undefined)
        return { given: `variant ${JSON.stringify(variant)}`, accepted: "a variant of variants.txt" };
      return { path: `${FOLDER}/images/${id}.jpg`, label };
    },
  );
  return { lists, ...(cropBanner && { cropBottom: BANNER }) };
});
