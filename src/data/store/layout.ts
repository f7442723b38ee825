import { rmSync } from "node:fs";
import { join } from "node:path";

// Where a dataset's files lie: <root>/<id>/{raw,files,tree.tsv,state.json}.

/** The official files as they were fetched or given. */
export const rawFolder = (root: string, id: string): string => join(root, id, "raw");
export const rawPath = (root: string, id: string, name: string): string => join(rawFolder(root, id), name);
/** A file that is not whole yet. */
export const partPath = (root: string, id: string, name: string): string => `${rawPath(root, id, name)}.part`;
/** Where what has come of such a file is from. */
export const originPath = (part: string): string => `${part}.origin`;
/** The extracted files. */
export const filesFolder = (root: string, id: string): string => join(root, id, "files");
/** The list of the extracted files. */
export const treeListPath = (root: string, id: string): string => join(root, id, "tree.tsv");
export const statePath = (root: string, id: string): string => join(root, id, "state.json");

/** Removes a file that is not whole yet. */
export function removePart(part: string): void {
  rmSync(part, { force: true });
  rmSync(originPath(part), { force: true });
}
