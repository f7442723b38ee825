import { readdirSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { EXIT, UserError } from "../../core/errors.js";
import { suggestion } from "../../core/registry.js";
import type { ManifestDataset, ManifestFile } from "../manifest.js";

const MAX_DEPTH = 3;

/** The files of the given paths; folders are searched three levels deep.
 *  @throws UserError (data) on a path that does not exist. */
export function filesUnder(path: string, depth = 0): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() === true) return [path];
  if (stat?.isDirectory() === true)
    return depth > MAX_DEPTH
      ? []
      : readdirSync(path)
          .sort()
          .flatMap((name) => filesUnder(join(path, name), depth + 1));
  if (depth > 0) return [];
  throw new UserError(EXIT.data, {
    where: path,
    given: "no such file or folder",
    accepted: "a folder or files",
    hint: path.includes("\ufffd") ? "rename it: its name is not UTF-8" : "check the path",
  });
}

/** Whether a file has an official one's name, or that of the same inflated: many have MNIST without the .gz. */
export const isNamed = (path: string, { name, unpack }: ManifestFile): boolean =>
  basename(path) === name || (unpack === "none" && basename(path) === name.replace(/\.gz$/, ""));

/** Files that may be an official one under another name: by their length, else by how their name ends. */
export function alike(candidates: readonly string[], file: ManifestFile): string[] {
  const { name, bytes, maxBytes, inflated } = file;
  return candidates.filter((path) => {
    if (isNamed(path, file)) return false;
    const size = statSync(path).size;
    if (size === inflated?.bytes) return true;
    return bytes === undefined ? extname(path) === extname(name) && size <= maxBytes : size === bytes;
  });
}

/** What a file's name has more than an official one, between two of its parts: "-first7000" in
 *  `train-first7000-images-idx3-ubyte.gz`; undefined when it is no such name. */
function infix(official: string, name: string): string | undefined {
  for (let i = 1; i < official.length; i++) {
    if (!"-.".includes(official[i]!)) continue;
    const [before, after] = [official.slice(0, i), official.slice(i)];
    if (name.length <= official.length || !name.startsWith(before) || !name.endsWith(after)) continue;
    const middle = name.slice(i, name.length - after.length);
    if (middle.startsWith("-")) return middle;
  }
  return undefined;
}

/** Files that stand for official ones that are not given: names with the same addition belong together. Of several
 *  additions the one that stands for most of the missing files is taken.
 *  @returns paths by official name: also for official files that are given, where the same addition has one. */
export function variants(
  { files }: ManifestDataset,
  missing: readonly string[],
  candidates: readonly string[],
): Map<string, string> {
  const groups = new Map<string, Map<string, string>>();
  for (const { name } of files)
    for (const path of candidates) {
      const addition = infix(name, basename(path));
      if (addition === undefined) continue;
      const group = groups.get(addition) ?? new Map<string, string>();
      if (!group.has(name)) group.set(name, path);
      groups.set(addition, group);
    }
  const stands = (group: ReadonlyMap<string, string>): number => missing.filter((name) => group.has(name)).length;
  const best = [...groups.values()].sort((a, b) => stands(b) - stands(a))[0];
  return best !== undefined && stands(best) > 0 ? best : new Map<string, string>();
}

/** `NAME=PATH` pairs: files and folders that are what they are called here, whatever their own name is.
 *  @param known official files and top folders of the extracted ones. @throws UserError (usage). */
export function parseAs(pairs: readonly string[], known: readonly string[]): Map<string, string> {
  return new Map(
    pairs.map((pair) => {
      const [name, path] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
      const where = `--as ${pair}`;
      if (!pair.includes("=") || path === "")
        throw new UserError(EXIT.usage, { where, given: "no pair", accepted: "NAME=PATH" });
      if (!known.includes(name))
        throw new UserError(EXIT.usage, {
          where,
          given: `unknown name ${JSON.stringify(name)}`,
          accepted: known.join(", "),
          hint: suggestion(name, known),
        });
      filesUnder(path);
      return [name, path];
    }),
  );
}
