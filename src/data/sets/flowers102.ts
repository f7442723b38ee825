import { readMat } from "../formats/mat.js";
import { refusal } from "../formats/refusal.js";
import { listChecker, type ListedPhoto } from "../photos/lists.js";
import { photoDataset } from "../photos/photo-dataset.js";
import type { PhotoTree } from "../photos/tree.js";

const LABELS = "imagelabels.mat";
const SPLITS = "setid.mat";
const MAX_BYTES = 300_000;

/** Oxford 102 Flowers. The numbers of images and classes in its two MAT files begin at 1; train and test are not
 *  exchanged. */
export const flowers102 = photoDataset("flowers102", (tree, described) => {
  const labels = numbers(tree, LABELS, "labels");
  const check = listChecker(tree.below("jpg"), described.classes as number);
  const list = (name: string): ListedPhoto[] => {
    const ids = numbers(tree, SPLITS, name);
    return ids.flatMap((id, i) => {
      const where = `${tree.where(SPLITS)}: ${name}[${i}]`;
      const label = labels[id - 1];
      if (label === undefined)
        return check.take({ where }, { given: `image ${id}`, accepted: `1 to ${labels.length} of ${LABELS}` });
      return check.take({ where }, { path: `jpg/image_${String(id).padStart(5, "0")}.jpg`, label: label - 1 });
    });
  };
  const lists = { train: list("trnid"), validation: list("valid"), test: list("tstid") };
  check.finish();
  return { lists };
});

/** A variable that is a list of numbers. */
function numbers(tree: PhotoTree, file: string, name: string): number[] {
  const where = tree.where(file);
  const array = readMat(tree.bytes(file), where, { maxBytes: MAX_BYTES })[name];
  if (array === undefined) throw refusal(where, `no variable ${name}`, `a list ${name}`);
  if (array.data.length === 0 || Math.max(...array.shape) !== array.data.length)
    throw refusal(where, `${name} of shape ${array.shape.join("x")}`, "a list");
  return [...array.data];
}
