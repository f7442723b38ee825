import { EXIT, UserError, type Fault } from "../../core/errors.js";
import type { ManifestDataset } from "../manifest.js";

const IMAGE = /\.(jpe?g|png|gif|webp)$/i;
const SPLITS = ["train", "validation", "test"];

/** Of a set without splits of its own, every fifth image of a class (rounded down) is for the test. */
const TEST_PART = 5;

export const LAYOUT = "<class>/<image>, or {train,validation,test}/<class>/<image> (validation may be absent)";

/** Whether a file of a folder of images is taken: images, but nothing hidden. */
export function isImagePath(path: string): boolean {
  return IMAGE.test(path) && !path.split("/").some((part) => part.startsWith("."));
}

/** Images by split ("" where the folder has no splits) and class. */
type Grouped = Map<string, Map<string, number>>;

function group(paths: readonly string[]): Grouped {
  const tops = new Set(paths.map((path) => path.split("/")[0]!));
  const hasSplits = tops.size > 0 && tops.has("train") && [...tops].every((top) => SPLITS.includes(top));
  const groups: Grouped = new Map();
  for (const path of paths) {
    const parts = path.split("/");
    const split = hasSplits ? parts.shift()! : "";
    if (parts.length !== 2) throw new UserError(EXIT.data, { where: path, given: "in no class", accepted: LAYOUT });
    const classes = groups.get(split) ?? new Map<string, number>();
    groups.set(split, classes.set(parts[0]!, (classes.get(parts[0]!) ?? 0) + 1));
  }
  return groups;
}

/** Whether a dataset is a user's own: its class folders are the top of its extracted files. */
export function isOwn({ format, tree }: ManifestDataset): boolean {
  return format === "class-folders" && tree.length === 0;
}

/** Images per split of a folder of images by class, after it was checked against the manifest.
 *  @param paths relative, images only. @throws UserError (data) that lists what is wrong. */
export function countClassFolders(described: ManifestDataset, paths: readonly string[]): Record<string, number> {
  const groups = group(paths);
  check(described, groups);
  const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, count) => total + count, 0);
  const flat = groups.get("");
  if (flat === undefined)
    return Object.fromEntries([...groups].map(([split, classes]) => [split, sum(classes.values())]));
  const test = sum([...flat.values()].map((count) => Math.floor(count / TEST_PART)));
  return { train: sum(flat.values()) - test, test };
}

/** The classes must be the manifest's, in every split, with images in every class. */
function check({ id, classes }: ManifestDataset, groups: Grouped): void {
  const train = groups.get("train") ?? groups.get("");
  if (train === undefined) throw new UserError(EXIT.data, { where: id, given: "no images", accepted: LAYOUT });
  const found = [...train.keys()].sort();
  const faults: Fault[] = [];
  const wanted = typeof classes === "number" ? undefined : [...classes].sort();
  if (wanted === undefined ? found.length !== classes : found.join("\n") !== wanted.join("\n"))
    faults.push({
      where: id,
      given: `${found.length} classes: ${found.join(", ")}`,
      accepted: wanted === undefined ? `${String(classes)} classes (manifest)` : `${wanted.join(", ")} (manifest)`,
      remedy: "mend classes in the manifest, or the folder",
    });
  if (!groups.has("") && !groups.has("test")) faults.push({ where: id, given: "train without test", accepted: LAYOUT });
  for (const [split, counts] of groups)
    for (const name of counts.keys())
      if (!train.has(name)) faults.push({ where: `${split}/${name}`, given: "a class that train does not have" });
  for (const [name, count] of groups.get("") ?? [])
    if (count < TEST_PART)
      faults.push({
        where: name,
        given: `${count} images`,
        accepted: `at least ${TEST_PART}, one of them for the test`,
      });
  if (faults.length > 0) throw new UserError(EXIT.data, faults);
}
