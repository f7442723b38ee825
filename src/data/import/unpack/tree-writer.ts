import { createHash } from "node:crypto";
import { closeSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { Interrupted } from "../../../core/errors.js";
import { makeFolders } from "../../../core/files.js";
import type { TreeFile } from "../../store/tree.js";
import { NameChecker } from "./names.js";

/** A file that is being written. */
export interface Sink {
  write(chunk: Uint8Array): void;
  end(): void;
  /** Closes the file without recording it; after `end` it does nothing. */
  discard(): void;
}

/** Fills a new folder with files whose names were checked, hashing them on their way. Writing is synchronous, a chunk at
 *  a time, because the tar parser calls back synchronously. Owners and modes are the defaults of this process. */
export class TreeWriter {
  readonly files: TreeFile[] = [];
  private readonly names = new NameChecker();
  private readonly made = new Set<string>();

  /** @param folder must not be there yet. @param signal stops the writing at the next file. */
  constructor(
    readonly folder: string,
    private readonly signal?: AbortSignal,
  ) {
    makeFolders(folder);
  }

  /** Checks an entry's name; written is it by `file`. @throws Error that says what is wrong with it. */
  check(name: string, kind: "file" | "folder"): string {
    return this.names.accept(name, kind);
  }

  /** Moves a file or folder to where it belongs. */
  move(from: string, to: string): void {
    renameSync(join(this.folder, from), join(this.folder, to));
    for (const [i, file] of this.files.entries())
      if (file.path === from || file.path.startsWith(`${from}/`))
        this.files[i] = { ...file, path: `${to}${file.path.slice(from.length)}` };
  }

  /** Opens a file for writing. @param path as `check` gave it. @throws Interrupted. */
  file(path: string): Sink {
    if (this.signal?.aborted === true) throw new Interrupted();
    const parent = dirname(path);
    if (!this.made.has(parent)) {
      makeFolders(join(this.folder, parent));
      this.made.add(parent);
    }
    let descriptor: number | undefined = openSync(join(this.folder, path), "wx");
    const hash = createHash("sha256");
    let bytes = 0;
    const close = (): void => {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    };
    return {
      write(chunk) {
        for (let offset = 0; offset < chunk.length;) offset += writeSync(descriptor!, chunk, offset);
        hash.update(chunk);
        bytes += chunk.length;
      },
      end: () => {
        close();
        this.files.push({ path, sha256: hash.digest("hex"), bytes });
      },
      discard: close,
    };
  }
}
