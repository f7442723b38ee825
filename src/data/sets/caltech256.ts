import { refusal } from "../formats/refusal.js";
import { cutClasses } from "../photos/lists.js";
import { photoDataset } from "../photos/photo-dataset.js";

const FOLDER = "256_ObjectCategories";
/** Folder and file; everything else in the archive is no image of a class. */
const IMAGE = /^256_ObjectCategories\/(\d{3})\.[^/]+\/\d{3}_\d{4}\.jpg$/;
const CLUTTER = 257;
/** Images of a class, in its seeded order. */
const TEST = 20;
const TRAIN = 50;
const VALIDATION = 10;

/** Caltech-256 without the clutter class: of every class 20 test, 50 training and 10 validation images in seeded order, or
 *  60 training images, the test images being the same. */
export const caltech256 = photoDataset("caltech256", (tree, described, { caltechTrain = TRAIN }, partial) => {
  const classes = described.classes as number;
  const photos = tree.below(FOLDER).flatMap((path) => {
    const number = Number(IMAGE.exec(path)?.[1] ?? CLUTTER);
    return number === CLUTTER ? [] : [{ path, label: number - 1 }];
  });
  const counts = new Array<number>(classes).fill(0);
  for (const { path, label } of photos) {
    if (label < 0 || label >= classes) throw refusal(tree.where(path), `class ${label + 1}`, `1 to ${classes}`);
    counts[label]!++;
  }
  const needed = TEST + TRAIN + VALIDATION;
  const few = counts.findIndex((count) => count < needed);
  if (!partial && few >= 0)
    throw refusal(tree.where(FOLDER), `${counts[few]} images of class ${few + 1}`, `at least ${needed}`);
  const [test = [], train = [], validation = []] = cutClasses(photos, classes, () => [
    TEST,
    ...(caltechTrain === TRAIN ? [TRAIN, VALIDATION] : [caltechTrain]),
  ]);
  if (caltechTrain === TRAIN) return { lists: { train, validation, test } };
  return { lists: { train, test }, variant: `train-${caltechTrain}` };
});
