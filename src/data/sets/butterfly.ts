import { readLists } from "../photos/lists.js";
import { photoDataset } from "../photos/photo-dataset.js";

const list = (name: string): string => `Butterfly200_${name}_release.txt`;

/** Butterfly-200 by species. A line of a list is a path below images/, which begins with the number of the species, then
 *  the numbers of species, genus, subfamily and family, from 1. */
export const butterfly = photoDataset("butterfly", (tree, described) => ({
  lists: readLists(
    tree,
    tree.below("images"),
    described.classes as number,
    { train: list("train"), validation: list("val"), test: list("test") },
    (text) => {
      const [, path, leading, species] = /^(?:images\/)?((\d+)\.\S.*?) +(\d+) +\d+ +\d+ +\d+ *$/.exec(text) ?? [];
      if (path === undefined)
        return { given: JSON.stringify(text), accepted: "path, species, genus, subfamily and family" };
      if (Number(leading) !== Number(species))
        return { given: `species ${species}`, accepted: `${Number(leading)}, with which ${path} begins` };
      return { path: `images/${path}`, label: Number(species) - 1 };
    },
  ),
}));
