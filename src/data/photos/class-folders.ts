import { refusal } from "../formats/refusal.js";
import type { ManifestDataset } from "../manifest.js";
import { isImagePath, LAYOUT } from "../store/class-folders.js";
import { cutClasses, type Listed, type PhotoLists } from "./lists.js";
import { byCodePoints, type PhotoTree } from "./tree.js";

/** Of a set without lists, every fifth image of a class (rounded down) is for the test. */
const TEST_PART = 5;
const SPLITS = ["train", "validation", "test"] as const;

/** A path that is taken apart. */
interface Found {
  readonly path: string;
  readonly split: string;
  readonly name: string;
}

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
  testCount = (count: number): number => Math.floor(count / TEST_PART),
): PhotoLists {
  const depth = folder === "" ? 0 : folder.split("/").length;
  const images = tree.below(folder).filter(isImagePath);
  const tops = new Set(images.map((path) => path.split("/")[depth]!));
  const hasSplits = tops.has("train") && [...tops].every((top) => SPLITS.includes(top as (typeof SPLITS)[number]));
  const found = images.map((path): Found => {
    const parts = path.split("/").slice(depth);
    const split = hasSplits ? parts.shift()! : "";
    if (parts.length !== 2) throw refusal(tree.where(path), "in no class", LAYOUT);
    return { path, split, name: parts[0]! };
  });
  const names = classNames(tree.where(folder), classes, found, partial);
  const list = (split: string): Listed[] =>
    found.filter((one) => one.split === split).map(({ path, name }) => ({ path, label: names.indexOf(name) }));
  if (hasSplits) {
    const [train, validation, test] = SPLITS.map(list) as [Listed[], Listed[], Listed[]];
    if (test.length === 0) throw refusal(tree.where(folder), "train without test", LAYOUT);
    return { train, test, ...(validation.length > 0 && { validation }) };
  }
  const [test = [], train = []] = cutClasses(list(""), names.length, (count) => [testCount(count), count]);
  if (test.length === 0) throw refusal(id, "too few images for a test", `${TEST_PART} of every class`);
  return { train, test };
}

/** The classes in their order. */
function classNames(
  where: string,
  classes: ManifestDataset["classes"],
  found: readonly Found[],
  partial: boolean,
): readonly string[] {
  const names = [...new Set(found.map(({ name }) => name))].sort(byCodePoints);
  const given = `${names.length} classes`;
  if (typeof classes === "number") {
    if (names.length > classes || (!partial && names.length !== classes))
      throw refusal(where, given, `${classes} (manifest)`);
    return names;
  }
  const other = names.find((name) => !classes.includes(name));
  if (other !== undefined) throw refusal(where, `class ${other}`, `${classes.join(", ")} (manifest)`);
  if (!partial && names.length !== classes.length) throw refusal(where, given, `${classes.length} (manifest)`);
  return classes;
}
