import { EXIT, UserError } from "../../../core/errors.js";
import type { ManifestFile } from "../../manifest.js";
import { firstBytes, inflate, sniff } from "./inflate.js";
import { Limits, Refusal } from "./limits.js";
import { selector } from "./names.js";
import { untar } from "./tar.js";
import type { TreeWriter } from "./tree-writer.js";
import { unzip } from "./zip.js";

/** Extracts one of a dataset's archives, or inflates a single file; how it is compressed is told by its bytes.
 *  @param path where the archive lies. @param file what the manifest says of it: limits, what is extracted.
 *  @throws UserError (data) that names the entry that is not allowed, or says that the archive is damaged. */
export async function unpack(path: string, file: ManifestFile, writer: TreeWriter): Promise<void> {
  const limits = new Limits(file.maxBytes, file.maxEntries);
  const selected = selector(file.only);
  try {
    const compression = sniff(await firstBytes(path, 6));
    if (compression === "zip") {
      if (file.unpack !== "zip") throw new Refusal(`a zip archive where ${file.unpack} is due`);
      await unzip(path, writer, limits, selected);
    } else if (file.unpack === "zip") throw new Refusal("not a zip archive");
    else if (file.unpack === "gz" || file.unpack === "bz2") {
      if (compression !== file.unpack) throw new Refusal(`no ${file.unpack} file`);
      const sink = writer.file(writer.check(file.name.replace(/\.(gz|bz2)$/, ""), "file"));
      try {
        for await (const chunk of inflate(path, compression, limits)) sink.write(chunk);
        sink.end();
      } finally {
        sink.discard();
      }
    } else await untar(inflate(path, compression, limits), writer, limits, selected);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new UserError(EXIT.data, {
      where: path,
      given: error.message,
      accepted: `an archive of files and folders only, at most ${file.maxEntries} entries and ${file.maxBytes} bytes`,
      hint: "nothing was extracted; take the official file",
    });
  }
}
