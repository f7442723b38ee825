import { EXIT, UserError, type Fault } from "../../core/errors.js";
import type { PartName } from "../dataset.js";
import { classOrders } from "../splits.js";
import { byCodePoints, type Line, type PhotoTree } from "./tree.js";

/** A photo and its class. */
export interface ListedPhoto {
  /** Relative to the extracted files. */
  readonly path: string;
  readonly label: number;
}

/** The photos of every split; no validation where none is official. */
export type PhotoLists = {
  readonly train: ListedPhoto[];
  readonly validation?: ListedPhoto[];
  readonly test: ListedPhoto[];
};

/** What a line says, or what is wrong with it. */
export type Parsed = ListedPhoto | { readonly given: string; readonly accepted: string };

/** Faults that are listed at once. */
const SHOWN = 10;

/** Reads a set's lists and checks every line: its form, its class, and that its image is there and in no line before.
 *  @param images paths of the images that are there. @param classes how many classes the set has.
 *  @param lists the file of every split. @param parse reads a line.
 *  @throws UserError (data) that names files and lines. */
export function readLists<Name extends PartName>(
  tree: PhotoTree,
  images: readonly string[],
  classes: number,
  lists: Readonly<Record<Name, string>>,
  parse: (text: string) => Parsed,
): Record<Name, ListedPhoto[]> {
  const check = listChecker(images, classes);
  const entries = Object.entries<string>(lists).map(([name, path]) => {
    const lines = tree.lines(path);
    if (lines.length === 0) check.fault({ where: tree.where(path), given: "no images", accepted: "a line an image" });
    return [name, lines.flatMap((line) => check.take(line, parse(line.text)))] as const;
  });
  check.finish();
  return Object.fromEntries(entries) as Record<Name, ListedPhoto[]>;
}

export interface ListChecker {
  /** @returns what was parsed, or nothing where it is wrong. */
  take(line: Pick<Line, "where">, parsed: Parsed): ListedPhoto[];
  fault(fault: Fault): void;
  /** @throws UserError (data) with the faults. */
  finish(): void;
}

/** Checks the entries of all lists of a set together. */
export function listChecker(images: readonly string[], classes: number): ListChecker {
  const present = new Set(images);
  const seen = new Map<string, string>();
  const faults: Fault[] = [];
  const wrong = (where: string, parsed: Parsed): Omit<Fault, "where"> | undefined => {
    if (!("path" in parsed)) return parsed;
    const { path, label } = parsed;
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      return { given: `class ${label + 1}`, accepted: `1 to ${classes}` };
    if (path.split("/").includes(".."))
      return { given: `${path} leads out of the set`, accepted: "an image of the set" };
    if (!present.has(path)) return { given: `${path} is listed, but absent`, accepted: "an image of the set" };
    const before = seen.get(path);
    if (before !== undefined) return { given: `${path} is listed twice`, accepted: `once, as in ${before}` };
    seen.set(path, where);
    return undefined;
  };
  return {
    take({ where }, parsed) {
      const fault = wrong(where, parsed);
      if (fault === undefined) return [parsed as ListedPhoto];
      faults.push({ where, ...fault });
      return [];
    },
    fault: (fault) => void faults.push(fault),
    finish() {
      if (faults.length === 0) return;
      const hint = "import the official files again";
      const more = faults.length - SHOWN;
      const shown = faults.slice(0, SHOWN).map((fault, i, all): Fault => {
        const last = i === all.length - 1;
        return { ...fault, ...(last && { hint: more > 0 ? `${hint}; ${more} more lines are wrong` : hint }) };
      });
      throw new UserError(EXIT.data, shown);
    },
  };
}

/** Cuts every class, in the seeded order of its images, into pieces one after the other.
 *  @param photos sorted by path. @param sizes of the pieces, given the images of a class; what is left is dropped.
 *  @returns the pieces, each with its images of all classes, class by class. */
export function cutClasses(
  photos: readonly ListedPhoto[],
  classes: number,
  sizes: (count: number) => readonly number[],
): ListedPhoto[][] {
  const pieces: ListedPhoto[][] = [];
  const orders = classOrders(
    photos.map(({ label }) => label),
    classes,
  );
  for (const order of orders) {
    let start = 0;
    for (const [piece, size] of sizes(order.length).entries()) {
      const cut = [...order.subarray(start, start + size)].map((i) => photos[i]!);
      (pieces[piece] ??= []).push(...cut);
      start += size;
    }
  }
  return pieces;
}

/** The same photos by path, in the order of its code points: the order that splits are drawn from. */
export const sorted = (photos: readonly ListedPhoto[]): ListedPhoto[] =>
  [...photos].sort((a, b) => byCodePoints(a.path, b.path));
