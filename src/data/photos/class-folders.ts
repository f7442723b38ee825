import { LAYOUT, readClassFolders, TEST_PART, testImages, type ClassImage } from "../class-folders.js";
import type { PartName } from "../dataset.js";
import { refusal } from "../formats/refusal.js";
import type { ManifestDataset } from "../manifest.js";
import { cutClasses, type ListedPhoto, type PhotoLists } from "./lists.js";
import { byCodePoints, type PhotoTree } from "./tree.js";

/** The splits of a folder of images by class: `<class>/<image>` in seeded order, or `<split>/<class>/<image>`. Classes are
 *  numbered as the manifest names them, else by code points.
 *  @param folder that holds them, below the extracted files; empty: these themselves.
 *  @param testCount test images of a class of so many, where there are no splits.
 *  @throws UserError (data) on another layout or other classes. */
export function classFolders(
  tree: PhotoTree,
  { id, classes }: ManifestDataset,
  partial: boolean,
  folder = "",
  testCount = testImages,
): PhotoLists {
  const images = readClassFolders(
    tree.below(folder),
    (path) => refusal(tree.where(path), "in no class", LAYOUT),
    folder === "" ? 0 : folder.split("/").length,
  );
  const names = classNames(tree.where(folder), classes, images, partial).map((name) => name.normalize());
  const list = (split: PartName | undefined): ListedPhoto[] =>
    images
      .filter((one) => one.split === split)
      .map(({ path, className }) => ({ path, label: names.indexOf(className.normalize()) }));
  if (images.some(({ split }) => split !== undefined)) {
    const [train, validation, test] = [list("train"), list("validation"), list("test")];
    if (test.length === 0) throw refusal(tree.where(folder), "train without test", LAYOUT);
    return { train, test, ...(validation.length > 0 && { validation }) };
  }
  const [test = [], train = []] = cutClasses(list(undefined), names.length, (count) => [testCount(count), count]);
  if (test.length === 0) throw refusal(id, "too few images for a test", `${TEST_PART} of every class`);
  return { train, test };
}

/** The classes in their order. A Mac composes the letters of names otherwise than an editor: they are compared composed. */
function classNames(
  where: string,
  classes: ManifestDataset["classes"],
  images: readonly ClassImage[],
  partial: boolean,
): readonly string[] {
  const byName = new Map(images.map(({ className }) => [className.normalize(), className]));
  const names = [...byName.values()].sort(byCodePoints);
  const given = `${names.length} classes`;
  if (typeof classes === "number") {
    if (names.length > classes || (!partial && names.length !== classes))
      throw refusal(where, given, `${classes} (manifest)`);
    return names;
  }
  const known = new Set(classes.map((name) => name.normalize()));
  const other = names.find((name) => !known.has(name.normalize()));
  if (other !== undefined) throw refusal(where, `class ${other}`, `${classes.join(", ")} (manifest)`);
  if (!partial && names.length !== classes.length) throw refusal(where, given, `${classes.length} (manifest)`);
  return classes;
}
