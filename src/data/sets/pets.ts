import { permutation, stream } from "../../core/rng.js";
import { refusal } from "../formats/refusal.js";
import { readLists, type ListedPhoto, type PhotoLists } from "../photos/lists.js";
import { photoDataset } from "../photos/photo-dataset.js";
import type { PhotoTree } from "../photos/tree.js";

/** Images of the archive, and how many of them the paper tests on. */
const ALL_IMAGES = 7390;
const PAPER_TEST = 3390;
/** All images are shuffled by stream(0, 999, 0, 0): class −1 of the rule for classes. */
const POOL_DOMAIN = 999;

/** Oxford-IIIT Pet by breed. A line of a list is name, id, species and breed; the class is id − 1, and the breed's name is
 *  the part of the image's before the last `_`. Its validation is cut from trainval. */
export const pets = photoDataset("pets", (tree, described, { petsSplit = "official" }) => {
  const images = tree.below("images").filter((path) => path.endsWith(".jpg"));
  const breeds = new Map<string, number>();
  const lists = readLists(
    tree,
    images,
    described.classes as number,
    { train: "annotations/trainval.txt", test: "annotations/test.txt" },
    (text) => {
      const [, name, breed, id] = /^((\S+)_\d+) (\d+) \d+ \d+ *$/.exec(text) ?? [];
      if (name === undefined || breed === undefined)
        return { given: JSON.stringify(text), accepted: "name, id, species and breed" };
      const known = breeds.get(breed);
      if (known !== undefined && known !== Number(id))
        return { given: `id ${id} of ${breed}`, accepted: `${known}, as in the lines before` };
      breeds.set(breed, Number(id));
      return { path: `images/${name}.jpg`, label: Number(id) - 1 };
    },
  );
  if (petsSplit === "official") return { lists };
  return { lists: paperCounts(tree, images, breeds), variant: petsSplit };
});

/** As many images as in the paper, 4,000 and 3,390, which no official list has: all are pooled.
 *  @param breeds id of every breed, from 1. */
function paperCounts(tree: PhotoTree, images: readonly string[], breeds: ReadonlyMap<string, number>): PhotoLists {
  if (images.length !== ALL_IMAGES)
    throw refusal(tree.where("images"), `${images.length} images`, `${ALL_IMAGES} for the split paper-counts`);
  const all = images.map((path): ListedPhoto => {
    const breed = path.slice("images/".length, path.lastIndexOf("_"));
    const id = breeds.get(breed);
    if (id === undefined) throw refusal(tree.where(path), `breed ${breed}`, "a breed of the lists");
    return { path, label: id - 1 };
  });
  const order = [...permutation(all.length, stream(0, POOL_DOMAIN, 0, 0))].map((i) => all[i]!);
  return { train: order.slice(PAPER_TEST), test: order.slice(0, PAPER_TEST) };
}
