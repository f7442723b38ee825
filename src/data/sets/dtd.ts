import { readLists } from "../photos/lists.js";
import { photoDataset } from "../photos/photo-dataset.js";

/** The classes in their order, also of a set in which some are missing. */
const TEXTURES =
  "banded blotchy braided bubbly bumpy chequered cobwebbed cracked crosshatched crystalline dotted fibrous flecked freckled frilly gauzy grid grooved honeycombed interlaced knitted lacelike lined marbled matted meshed paisley perforated pitted pleated polka-dotted porous potholed scaly smeared spiralled sprinkled stained stratified striped studded swirly veined waffled woven wrinkled zigzagged".split(
    " ",
  );

const list = (name: string): string => `dtd/labels/${name}1.txt`;

/** Describable Textures, partition 1 of the ten. A line of a list is class/file. */
export const dtd = photoDataset("dtd", (tree) => ({
  lists: readLists(
    tree,
    tree.below("dtd/images"),
    TEXTURES.length,
    { train: list("train"), validation: list("val"), test: list("test") },
    (text) => {
      const [, path, texture = ""] = /^(([a-z-]+)\/\2_\d{4}\.jpg) *$/.exec(text) ?? [];
      const label = TEXTURES.indexOf(texture);
      if (path === undefined || label < 0)
        return { given: JSON.stringify(text), accepted: "class/class_0000.jpg with one of the 47 classes" };
      return { path: `dtd/images/${path}`, label };
    },
  ),
}));
