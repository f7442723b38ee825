import { EXIT, UserError, type Fault } from "../../core/errors.js";
import { LAYOUT, readClassFolders, TEST_PART, testImages } from "../class-folders.js";
import type { PartName } from "../dataset.js";
import type { ManifestDataset } from "../manifest.js";

/** Images by split (undefined where the folder has no splits) and class. */
type Grouped = Map<PartName | undefined, Map<string, number>>;

/** Whether a dataset is a user's own: its class folders are the top of its extracted files. */
export function isOwn({ format, tree }: ManifestDataset): boolean {
  return format === "class-folders" && tree.length === 0;
}

/** Images per split of a folder of images by class, after it was checked against the manifest.
 *  @param paths relative; what is no image is passed over. @throws UserError (data) that lists what is wrong. */
export function countClassFolders(described: ManifestDataset, paths: readonly string[]): Record<string, number> {
  const refuse = (where: string): UserError =>
    new UserError(EXIT.data, { where, given: "in no class", accepted: LAYOUT });
  const groups: Grouped = new Map();
  for (const { split, className } of readClassFolders(paths, refuse)) {
    const classes = groups.get(split) ?? new Map<string, number>();
    groups.set(split, classes.set(className, (classes.get(className) ?? 0) + 1));
  }
  check(described, groups);
  const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, count) => total + count, 0);
  const flat = groups.get(undefined);
  if (flat === undefined)
    return Object.fromEntries([...groups].map(([split, classes]) => [split, sum(classes.values())]));
  const test = sum([...flat.values()].map(testImages));
  return { train: sum(flat.values()) - test, test };
}

/** The classes must be the manifest's, in every split, with images in every class. */
function check({ id, classes }: ManifestDataset, groups: Grouped): void {
  const train = groups.get("train") ?? groups.get(undefined);
  if (train === undefined) throw new UserError(EXIT.data, { where: id, given: "no images", accepted: LAYOUT });
  const found = [...train.keys()].map((name) => name.normalize()).sort();
  const faults: Fault[] = [];
  const wanted = typeof classes === "number" ? undefined : classes.map((name) => name.normalize()).sort();
  if (wanted === undefined ? found.length !== classes : found.join("\n") !== wanted.join("\n"))
    faults.push({
      where: id,
      given: `${found.length} classes: ${found.join(", ")}`,
      accepted: wanted === undefined ? `${String(classes)} classes (manifest)` : `${wanted.join(", ")} (manifest)`,
      hint: "fix classes in the manifest, or the folder",
    });
  if (!groups.has(undefined) && !groups.has("test"))
    faults.push({ where: id, given: "train without test", accepted: LAYOUT });
  for (const [split, counts] of groups)
    for (const name of counts.keys())
      if (!found.includes(name.normalize()))
        faults.push({ where: `${split!}/${name}`, given: "a class that train does not have" });
  if (groups.has("train") && !groups.has("validation") && [...train.values()].every((count) => count < 2))
    faults.push({
      where: id,
      given: "one training image a class, none of which can be held out for validation",
      accepted: "a class with at least 2 training images, or images in validation",
      hint: "add images",
    });
  for (const [name, count] of groups.get(undefined) ?? [])
    if (count < TEST_PART)
      faults.push({
        where: name,
        given: `${count} images`,
        accepted: `at least ${TEST_PART}, one of them for the test`,
      });
  if (faults.length > 0) throw new UserError(EXIT.data, faults);
}
