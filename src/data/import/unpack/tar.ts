import { Parser, type ReadEntry } from "tar";
import { Refusal, type Limits } from "./limits.js";
import { sniff } from "./inflate.js";
import type { Sink, TreeWriter } from "./tree-writer.js";

const FILES = ["File", "OldFile", "ContiguousFile"];

/** Extracts a tar archive.
 *  @param chunks the archive's bytes, inflated. @param selected which files are written; all are checked.
 *  @throws Refusal that names the first entry that is not allowed, or says that the archive is damaged or cut off. */
export async function untar(
  chunks: AsyncIterable<Buffer>,
  writer: TreeWriter,
  limits: Limits,
  selected: (path: string) => boolean,
): Promise<void> {
  const extraction = beginExtraction(writer, limits, selected);
  try {
    for await (const chunk of onceDecided(chunks)) extraction.write(chunk);
    extraction.end();
  } finally {
    extraction.discard();
  }
}

interface Extraction {
  /** @throws the first refusal. */
  write(chunk: Buffer): void;
  /** @throws the first refusal, also that the archive has no end. */
  end(): void;
  /** Removes the file that is not whole, if there is one. */
  discard(): void;
}

/** The parser reads headers and calls back synchronously; what may be written is decided here, since it would only skip or
 *  strip a dangerous entry. */
function beginExtraction(writer: TreeWriter, limits: Limits, selected: (path: string) => boolean): Extraction {
  let refused: unknown;
  let ended = false;
  let sink: Sink | undefined;
  /** The parser survives what its listeners throw; here the first refusal counts. */
  const guarded =
    <Argument>(action: (argument: Argument) => void) =>
    (argument: Argument): void => {
      if (refused !== undefined) return;
      try {
        action(argument);
      } catch (error) {
        refused = error;
      }
    };
  const onEntry = (entry: ReadEntry): void => {
    ended = false;
    const path = admit(entry, writer, limits);
    if (path === undefined || !selected(path)) {
      entry.resume();
      return;
    }
    const open = (sink = writer.file(path));
    entry.on("data", guarded(open.write));
    entry.on("end", () => guarded(open.end)(undefined));
  };
  const parser = new Parser({
    onReadEntry: guarded(onEntry),
    onwarn: (_code: string, message: string | Error) => {
      refused ??= new Refusal(`damaged tar archive: ${message instanceof Error ? message.message : message}`);
    },
  });
  const onIgnored = (entry: ReadEntry): void => void admit(entry, writer, limits);
  parser.on("ignoredEntry", guarded(onIgnored));
  parser.on("meta", guarded(checkNames));
  for (const end of ["nullBlock", "eof"] as const) parser.on(end, () => (ended = true));
  const throwRefused = (): void => {
    if (refused !== undefined) throw refused as Error;
  };
  return {
    write(chunk) {
      if (!ended) parser.write(chunk);
      throwRefused();
    },
    end() {
      parser.end();
      throwRefused();
      if (!ended) throw new Refusal("damaged tar archive: it has no end, the rest is missing");
    },
    discard: () => sink?.discard(),
  };
}

/** The parser cuts a name off at a NUL byte; a reader that does not would write another file. */
function checkNames(meta: string): void {
  if (/^\d+ (link)?path=[^\n]*\0/m.test(meta)) throw new Refusal("a NUL byte in the name of an entry");
}

/** Counts and checks an entry. @returns the path of a file to write, undefined for a folder. */
function admit(entry: ReadEntry, writer: TreeWriter, limits: Limits): string | undefined {
  limits.addEntry(entry.path);
  const folder = entry.type === "Directory";
  if (!folder && !FILES.includes(entry.type))
    throw new Refusal(`neither a file nor a folder (${entry.type})`, entry.path);
  try {
    const path = writer.check(entry.path, folder ? "folder" : "file");
    return folder ? undefined : path;
  } catch (error) {
    throw new Refusal((error as Error).message, entry.path);
  }
}

/** The same bytes, the first 512 in one piece; the parser would inflate once more what looks compressed to it. */
async function* onceDecided(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let first: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (first === undefined) {
      yield chunk;
      continue;
    }
    first = Buffer.concat([first, chunk]);
    if (first.length < 512) continue;
    if (sniff(first) !== "none" || first.readUInt32BE() === 0x28b52ffd) throw new Refusal("compressed twice");
    yield first;
    first = undefined;
  }
  if (first !== undefined) throw new Refusal("not a tar archive: less than 512 bytes");
}
