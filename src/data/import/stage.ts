import { createReadStream, existsSync, realpathSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import type { Fault } from "../../core/errors.js";
import { uniqueMark, makeFolders } from "../../core/files.js";
import { hasChecksum, type ManifestDataset, type ManifestFile } from "../manifest.js";
import {
  fingerprint,
  Fingerprinter,
  fingerprintText,
  isListed,
  withInflated,
  type Fingerprint,
} from "../store/checksum.js";
import { rawPath } from "../store/layout.js";
import { demanded } from "../store/sums.js";
import { alike, isNamed, variants } from "./candidates.js";

const COPY = `.copy-${uniqueMark()}`;

/** A copy on its way to `raw`; another name than a fetched part's, which may be gone on with, or another process's. */
export const copyPath = (root: string, id: string, name: string): string => `${rawPath(root, id, name)}${COPY}`;

/** A file that is ready to be taken over: copied to `path`, or, without one, already in its place. */
export interface StagedFile {
  readonly name: string;
  readonly found: Fingerprint;
  readonly from: string;
  readonly path?: string;
  readonly official: boolean;
  /** What its contents were read from, in words, where it is not the given file itself. */
  readonly read?: string;
}

export interface StageOptions {
  /** Take a file under the official name though it is another one. */
  readonly partial: boolean;
  /** Files without any known checksum count as official. */
  readonly trust: boolean;
  /** Called when a file begins to be copied. */
  readonly onFile: (name: string, from: string) => void;
}

/** What is said of an official file that nothing stands for. */
export const NOT_FOUND = "not found";

/** What is wrong with an official file. */
export interface NamedFault {
  readonly name: string;
  readonly fault: Fault;
}

/** Finds and copies the official files, and with `partial` what stands for them. @param meant files by the names that the
 *  user says they are. */
export async function stageAll(
  root: string,
  described: ManifestDataset,
  candidates: readonly string[],
  meant: ReadonlyMap<string, string>,
  how: StageOptions,
): Promise<{ readonly staged: StagedFile[]; readonly faults: NamedFault[] }> {
  const { id, files } = described;
  const staged = new Map<string, StagedFile>();
  let faults: NamedFault[] = [];
  for (const file of files) {
    const outcome = await stage(root, id, file, candidates, meant.get(file.name), how);
    if ("found" in outcome) staged.set(file.name, outcome);
    else faults.push(...outcome.faults.map((fault) => ({ name: file.name, fault })));
  }
  if (how.partial && faults.length > 0) {
    const missing = files.map(({ name }) => name).filter((name) => !staged.has(name));
    for (const [name, path] of variants(described, missing, candidates)) {
      if (meant.has(name)) continue;
      staged.set(
        name,
        await take(
          root,
          id,
          path,
          files.find((file) => file.name === name)!,
          how,
        ),
      );
      faults = faults.filter((one) => one.name !== name);
    }
  }
  return { staged: files.flatMap(({ name }) => staged.get(name) ?? []), faults };
}

/** Finds and copies one official file. Order: given and official, stored and official (unless the user says which one it
 *  is), given under its name.
 *  @param meant the file that the user says it is. */
async function stage(
  root: string,
  id: string,
  listed: ManifestFile,
  candidates: readonly string[],
  meant: string | undefined,
  options: StageOptions,
): Promise<StagedFile | { readonly faults: Fault[] }> {
  const file = demanded(root, id, listed);
  const named = meant === undefined ? candidates.filter((path) => isNamed(path, file)) : [meant];
  const others = meant === undefined && hasChecksum(file) ? alike(candidates, file) : [];
  const refused: { from: string; found: Fingerprint }[] = [];
  for (const from of named) {
    const staged = await take(root, id, from, file, options);
    if (staged.official) return staged;
    refused.push(staged);
  }
  for (const from of others)
    if (isListed(await fingerprint(from, file), file)) return take(root, id, from, file, options);
  const target = rawPath(root, id, file.name);
  if (meant === undefined && existsSync(target)) {
    const found = await fingerprint(target, file);
    if (isListed(found, file)) return { name: file.name, found, from: target, official: true };
  }
  // It was announced above; another of its name may have been copied since.
  if (options.partial && named[0] !== undefined)
    return take(root, id, named[0], file, { ...options, onFile: () => undefined });
  const accepted = hasChecksum(file) ? `${fingerprintText(file)} (manifest)` : "a file whose checksum is known";
  const hint = hasChecksum(file)
    ? "give the official file, or --partial to take what is there and mark the dataset partial"
    : "--trust-on-first-use, --checksums FILE, or --partial to take it and mark the dataset partial";
  if (refused.length === 0) return { faults: [{ where: `${id}: ${file.name}`, given: NOT_FOUND, accepted, hint }] };
  return {
    faults: refused.map(({ from, found }) => ({ where: from, given: fingerprintText(found, file), accepted, hint })),
  };
}

/** Copies a file, hashing it on its way; one that is in its place already stays there. */
async function take(
  root: string,
  id: string,
  from: string,
  file: ManifestFile,
  { trust, onFile }: StageOptions,
): Promise<StagedFile> {
  onFile(file.name, from);
  const target = rawPath(root, id, file.name);
  const inPlace =
    statSync(target, { throwIfNoEntry: false }) !== undefined && realpathSync(from) === realpathSync(target);
  const path = inPlace ? undefined : copyPath(root, id, file.name);
  const found = path === undefined ? await fingerprint(from, file) : await copy(from, path, file);
  const official = hasChecksum(file) ? isListed(found, file) : trust;
  return { name: file.name, found, from, official, ...(path !== undefined && { path }) };
}

async function copy(from: string, to: string, file: ManifestFile): Promise<Fingerprint> {
  const fingerprinter = new Fingerprinter(file);
  makeFolders(dirname(to));
  const out = await open(to, "w");
  try {
    for await (const chunk of createReadStream(from)) {
      fingerprinter.update(chunk as Buffer);
      await out.writeFile(chunk as Buffer);
    }
    await out.sync();
  } finally {
    await out.close();
  }
  return withInflated(to, fingerprinter.digest(), file);
}
