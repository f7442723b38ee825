import type { PartName } from "./dataset.js";

const IMAGE = /\.(jpe?g|png|gif|webp)$/i;
const SPLITS: readonly PartName[] = ["train", "validation", "test"];

/** Of a set without splits of its own, every fifth image of a class (rounded down) is for the test. */
export const TEST_PART = 5;
export const testImages = (count: number): number => Math.floor(count / TEST_PART);

export const LAYOUT = "<class>/<image>, or {train,validation,test}/<class>/<image> (validation may be absent)";

/** An image of a folder of images by class. */
export interface ClassImage {
  readonly path: string;
  /** Undefined where the folder has no splits. */
  readonly split: PartName | undefined;
  readonly className: string;
}

/** Whether a file of a folder of images is taken: images, but nothing hidden. */
export function isImagePath(path: string): boolean {
  return IMAGE.test(path) && !path.split("/").some((part) => part.startsWith("."));
}

/** Reads which class and split every image of a folder is of.
 *  @param paths relative, with `/`; what is no image is passed over.
 *  @param depth folders of each path that lie above the splits or classes.
 *  @throws what `refuse` makes of an image in no class. */
export function readClassFolders(
  paths: readonly string[],
  refuse: (path: string) => Error,
  depth = 0,
): readonly ClassImage[] {
  const images = paths.filter(isImagePath);
  const tops = new Set(images.map((path) => path.split("/")[depth]!));
  const hasSplits = tops.has("train") && [...tops].every((top) => SPLITS.includes(top as PartName));
  return images.map((path): ClassImage => {
    const parts = path.split("/").slice(depth);
    const split = hasSplits ? (parts.shift() as PartName) : undefined;
    if (parts.length !== 2) throw refuse(path);
    return { path, split, className: parts[0]! };
  });
}
