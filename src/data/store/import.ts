import {
  createReadStream,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { timestamp } from "../../core/clock.js";
import { EXIT, UserError, type Fault } from "../../core/errors.js";
import { disagreements, fingerprint, Fingerprinter, inWords, isListed, type Fingerprint } from "./checksum.js";
import { describeDataset, type ManifestDataset, type ManifestFile } from "../manifest.js";
import { datasets } from "../sets/index.js";
import { rawPath, writeState } from "./store.js";

export interface ImportOptions {
  /** Accept a part of the set, or files that are not the official ones; the dataset is then marked partial. */
  readonly partial?: boolean;
  /** Delete the given files once everything is stored. */
  readonly move?: boolean;
  /** Called when a file begins to be copied. */
  readonly onFile?: (name: string, from: string) => void;
}

export interface ImportReport {
  readonly id: string;
  readonly state: "ready" | "partial";
  readonly counts: Readonly<Record<string, number>>;
  /** Files stored by this import and where they came from. */
  readonly stored: readonly { readonly name: string; readonly from: string }[];
  /** Official files that are still not here. */
  readonly missing: readonly string[];
  /** Weaker checksums that disagree with an accepted file. */
  readonly warnings: readonly string[];
}

/** A file that is ready to be taken over: copied to `path`, or, without one, already in its place. */
interface Staged {
  readonly name: string;
  readonly found: Fingerprint;
  readonly from: string;
  readonly path?: string;
  readonly official: boolean;
}

const MAX_DEPTH = 3;

/** Takes a dataset's official files over into `<root>/<id>/raw`: found by name, then by length and checksum; hashed
 *  while they are copied; renamed into place only when all of them are right.
 *  @param paths files, or folders searched three levels deep.
 *  @throws UserError (data) that lists every wrong or missing file; then nothing has changed. */
export async function importDataset(
  root: string,
  id: string,
  paths: readonly string[],
  options: ImportOptions = {},
): Promise<ImportReport> {
  const described = importable(id);
  const candidates = paths.flatMap((path) => filesUnder(path));
  const staged: Staged[] = [];
  try {
    const faults: Fault[] = [];
    for (const file of described.files) {
      const outcome = await stage(root, described, file, candidates, options);
      if ("found" in outcome) staged.push(outcome);
      else faults.push(...outcome.faults);
    }
    if (staged.length === 0 || (faults.length > 0 && options.partial !== true)) throw new UserError(EXIT.data, faults);
    const counts = countImages(root, described, staged);
    return commit(root, described, staged, counts, options);
  } finally {
    for (const { name } of described.files) rmSync(partPath(root, id, name), { force: true });
  }
}

function importable(id: string): ManifestDataset {
  const described = describeDataset(id);
  if (described.files.length > 0) return described;
  const { derivedFrom } = described;
  throw new UserError(EXIT.data, {
    where: id,
    given: derivedFrom === undefined ? "is drawn by the program and has no files" : `is derived from ${derivedFrom}`,
    remedy: derivedFrom === undefined ? "use it as it is" : `metamd data import ${derivedFrom} PATH`,
  });
}

function filesUnder(path: string, depth = 0): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() === true) return [path];
  if (stat?.isDirectory() === true)
    return depth > MAX_DEPTH
      ? []
      : readdirSync(path)
          .sort()
          .flatMap((name) => filesUnder(join(path, name), depth + 1));
  if (depth > 0) return [];
  throw new UserError(EXIT.data, { where: path, given: "no such file or folder", accepted: "a folder or files" });
}

const partPath = (root: string, id: string, name: string): string => `${rawPath(root, id, name)}.part`;

/** Finds and copies one official file. Order: given and official, stored and official, given under its name. */
async function stage(
  root: string,
  { id }: ManifestDataset,
  file: ManifestFile,
  candidates: readonly string[],
  options: ImportOptions,
): Promise<Staged | { faults: Fault[] }> {
  const named = candidates.filter((path) => basename(path) === file.name);
  const alike = candidates.filter((path) => !named.includes(path) && statSync(path).size === file.bytes);
  const target = rawPath(root, id, file.name);
  const refused: { from: string; found: Fingerprint }[] = [];
  for (const from of [...named, ...alike]) {
    const staged = await take(from, target, file, options);
    if (staged.official) return staged;
    if (named.includes(from)) refused.push(staged);
  }
  if (statSync(target, { throwIfNoEntry: false })?.isFile() === true) {
    const found = await fingerprint(target, file);
    if (isListed(found, file)) return { name: file.name, found, from: target, official: true };
  }
  if (options.partial === true && named[0] !== undefined) return take(named[0], target, file, options);
  const accepted = `${inWords(file)} (manifest)`;
  const remedy = "give the official file, or --partial to take what is there and mark the dataset partial";
  if (refused.length === 0) return { faults: [{ where: `${id}: ${file.name}`, given: "not found", accepted, remedy }] };
  return { faults: refused.map(({ from, found }) => ({ where: from, given: inWords(found), accepted, remedy })) };
}

async function take(from: string, target: string, file: ManifestFile, { onFile }: ImportOptions): Promise<Staged> {
  onFile?.(file.name, from);
  const inPlace =
    statSync(target, { throwIfNoEntry: false }) !== undefined && realpathSync(from) === realpathSync(target);
  const path = inPlace ? undefined : `${target}.part`;
  const found = path === undefined ? await fingerprint(from, file) : await copy(from, path, file);
  return { name: file.name, found, from, official: isListed(found, file), ...(path !== undefined && { path }) };
}

async function copy(from: string, to: string, file: ManifestFile): Promise<Fingerprint> {
  const fingerprinter = new Fingerprinter(file);
  mkdirSync(dirname(to), { recursive: true });
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
  return fingerprinter.digest();
}

/** Decodes what is staged; of a whole set, the counts must be the manifest's. */
function countImages(root: string, described: ManifestDataset, staged: readonly Staged[]): Record<string, number> {
  const { id, splits } = described;
  const counts = datasets[id]!.count!((name) => {
    const file = staged.find((one) => one.name === name);
    return file && readFileSync(file.path ?? rawPath(root, id, name));
  });
  if (isWhole(described, staged))
    for (const [split, expected] of Object.entries(splits))
      if (counts[split as keyof typeof counts] !== expected)
        throw new UserError(EXIT.data, {
          where: `${id} ${split}`,
          given: `${counts[split as keyof typeof counts] ?? 0} images`,
          accepted: `${expected} (manifest)`,
        });
  return counts;
}

function isWhole({ files }: ManifestDataset, staged: readonly Staged[]): boolean {
  return staged.length === files.length && staged.every(({ official }) => official);
}

function commit(
  root: string,
  described: ManifestDataset,
  staged: readonly Staged[],
  counts: Record<string, number>,
  { move }: ImportOptions,
): ImportReport {
  const { id, files } = described;
  const copied = staged.filter(({ path }) => path !== undefined);
  for (const { name, path } of copied) renameSync(path!, rawPath(root, id, name));
  const partial = !isWhole(described, staged);
  const recorded = Object.fromEntries(staged.map(({ name, found }) => [name, found]));
  writeState(root, { version: 1, id, partial, imported: timestamp(), counts, files: recorded, corrupt: [] });
  if (move === true) for (const { from } of copied) rmSync(from);
  return {
    id,
    state: partial ? "partial" : "ready",
    counts,
    stored: copied.map(({ name, from }) => ({ name, from })),
    missing: files.map(({ name }) => name).filter((name) => !(name in recorded)),
    warnings: staged
      .filter(({ official }) => official)
      .flatMap(({ name, found }) =>
        disagreements(
          found,
          files.find((file) => file.name === name)!,
        ).map((text) => `${name}: ${text}`),
      ),
  };
}
