import { statSync } from "node:fs";
import { Interrupted } from "../../../core/errors.js";
import { getFileNameLowLevel, openPromise, type Entry, type ZipFile } from "yauzl";
import { Refusal, type Limits } from "./limits.js";
import type { TreeWriter } from "./tree-writer.js";

const UNIX = 3;
const [TYPE_MASK, REGULAR, FOLDER] = [0o170000, 0o100000, 0o040000];

/** Extracts a zip archive.
 *  @param selected which files are written; all are checked.
 *  @throws Refusal that names the first entry that is not allowed, or says that the archive is damaged. */
export async function unzip(
  path: string,
  writer: TreeWriter,
  limits: Limits,
  selected: (path: string) => boolean,
): Promise<void> {
  limits.consumed = statSync(path).size;
  let current: string | undefined;
  let zip: ZipFile | undefined;
  try {
    // Names are decoded and judged here: the library would turn a backslash into a slash.
    zip = await openPromise(path, { decodeStrings: false, autoClose: false });
    for await (const entry of zip.eachEntry()) {
      const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
      current = name;
      limits.addEntry(name);
      const folder = name.endsWith("/");
      refuseSpecial(entry, name);
      // An archive of a shared folder may list its top folder as "/".
      if (name === "/") continue;
      const target = writer.check(name, folder ? "folder" : "file");
      if (!folder && selected(target)) await extract(zip, entry, target, writer, limits);
    }
  } catch (error) {
    if (
      error instanceof Refusal ||
      error instanceof Interrupted ||
      (error as NodeJS.ErrnoException).syscall !== undefined
    )
      throw error;
    const reason = (error as Error).message;
    throw current === undefined ? new Refusal(`damaged zip archive: ${reason}`) : new Refusal(reason, current);
  } finally {
    zip?.close();
  }
}

function refuseSpecial(entry: Entry, name: string): void {
  if (entry.isEncrypted()) throw new Refusal("encrypted", name);
  const type = entry.versionMadeBy >> 8 === UNIX ? (entry.externalFileAttributes >>> 16) & TYPE_MASK : 0;
  if (type !== 0 && type !== REGULAR && type !== FOLDER)
    throw new Refusal(`neither a file nor a folder (type ${type.toString(8)})`, name);
}

async function extract(zip: ZipFile, entry: Entry, path: string, writer: TreeWriter, limits: Limits): Promise<void> {
  const stream = await zip.openReadStreamPromise(entry);
  const sink = writer.file(path);
  try {
    for await (const chunk of stream) {
      limits.addBytes((chunk as Buffer).length, path);
      sink.write(chunk as Buffer);
    }
    sink.end();
  } finally {
    sink.discard();
    stream.destroy();
  }
}
