import { classFolders } from "../photos/class-folders.js";
import { photoDataset } from "../photos/photo-dataset.js";

/** Test images of a person. */
const TEST = 20;

/** PubFig83, a folder a person in the order of their names: 20 test images of each in seeded order, the rest train. The
 *  photos show real people: nothing may print, plot or publish them. */
export const pubfig83 = photoDataset("pubfig83", (tree, described, _options, partial) => ({
  lists: classFolders(tree, described, partial, "pubfig83", () => TEST),
}));
