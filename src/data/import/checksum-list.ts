import { basename } from "node:path";
import { EXIT, UserError, type Fault } from "../../core/errors.js";
import { isImagePath } from "../class-folders.js";
import { parseTreeList, type TreeFile } from "../store/tree.js";
import { firstBytes, inflate, sniff } from "./unpack/inflate.js";
import { Limits, Refusal } from "./unpack/limits.js";

const MAX_BYTES = 2 ** 28;
const SHOWN = 5;

/** Reads a list of files with their SHA-256 and length: tab-separated, `path sha256 bytes` in its first line; plain, gzip
 *  or xz. @throws UserError (data). */
export async function readChecksumList(path: string): Promise<TreeFile[]> {
  const fail = (given: string): UserError =>
    new UserError(EXIT.data, { where: path, given, accepted: "lines of path, sha256 and bytes, separated by tabs" });
  try {
    const compression = sniff(await firstBytes(path, 6));
    if (compression === "zip") throw fail("a zip archive");
    const chunks: Buffer[] = [];
    for await (const chunk of inflate(path, compression, new Limits(MAX_BYTES, 1))) chunks.push(chunk);
    const files = parseTreeList(Buffer.concat(chunks).toString("utf8"));
    if (files === undefined || files.length === 0) throw fail("not a list of checksums");
    return files;
  } catch (error) {
    if (error instanceof Refusal) throw fail(error.message);
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw fail("no such file");
    throw error;
  }
}

/** Compares a dataset's images with a list: every listed file must be there, and every image must be listed. Folders may
 *  have other names than in the list; a file is known by its own name and its bytes. @returns what is wrong. */
export function compareWithList(where: string, tree: readonly TreeFile[], list: readonly TreeFile[]): Fault[] {
  const key = ({ path, sha256 }: TreeFile): string => `${basename(path)} ${sha256}`;
  const [present, listed] = [tree, list].map((files) => new Set(files.map(key)));
  const missing = list.filter((file) => !present!.has(key(file)));
  const unlisted = tree.filter((file) => isImagePath(file.path) && !listed!.has(key(file)));
  const fault = (files: readonly TreeFile[], what: string): Fault[] =>
    files.length === 0 ? [] : [{ where, given: `${files.length} ${what}: ${some(files)}` }];
  return [...fault(missing, "listed files are not there"), ...fault(unlisted, "images are not listed")];
}

function some(files: readonly TreeFile[]): string {
  const shown = files.slice(0, SHOWN).map(({ path }) => path);
  return [...shown, ...(files.length > SHOWN ? ["…"] : [])].join(", ");
}
