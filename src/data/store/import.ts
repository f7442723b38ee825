import { rmSync, statSync } from "node:fs";
import { EXIT, UserError, type Fault } from "../../core/errors.js";
import type { Guard } from "../../core/files.js";
import { describeDataset, type ManifestDataset } from "../manifest.js";
import { disagreements } from "./checksum.js";
import { isOwn } from "./count-class-folders.js";
import { archivesOf, install, type Installation } from "./install.js";
import { removePart } from "./fetch/transfer.js";
import { partPath } from "./layout.js";
import { lockedDataset } from "./lock.js";
import { freeBytes, requireSpace } from "./space.js";
import { readState, type StoredState } from "./store.js";
import { filesUnder, parseAs } from "./import/candidates.js";
import { readChecksumList } from "./import/checksum-list.js";
import { copyInto, deleteSources, findExtracted, imageSources, topsOf, type Source } from "./import/extracted.js";
import { judgeTree, remember } from "./import/judge.js";
import { copyPath, stageAll, type StagedFile } from "./import/stage.js";

export interface ImportOptions {
  /** Accept a part of the set, or files that are not the official ones; the dataset is then marked partial. */
  readonly partial?: boolean;
  /** Delete the given files once everything is stored. */
  readonly move?: boolean;
  /** `NAME=PATH`: what a file or folder is that has another name. */
  readonly as?: readonly string[];
  /** A list of SHA-256s that the images must have. */
  readonly checksums?: string;
  /** Take files of which no checksum is known as they are, and demand the same bytes ever after. */
  readonly trustOnFirstUse?: boolean;
  /** Called when a file begins to be copied; of an extracted folder once, with its number of files. */
  readonly onFile?: (name: string, from: string) => void;
  readonly onNotice?: (text: string) => void;
  readonly freeBytes?: (path: string) => number;
}

export interface ImportReport {
  readonly id: string;
  readonly state: "ready" | "partial";
  readonly counts: Readonly<Record<string, number>>;
  /** Files stored by this import and where they came from. */
  readonly stored: readonly { readonly name: string; readonly from: string }[];
  /** How many files are extracted now, from archives or a given folder. */
  readonly extracted: number;
  /** Official files that are still not here. */
  readonly missing: readonly string[];
  /** Weaker checksums that disagree with an accepted file; what was left out. */
  readonly warnings: readonly string[];
}

/** Takes a dataset over: official files into `raw`, found by name, then by length and checksum, their archives extracted;
 *  or the folder that was extracted from them; or a user's own folder of images by class.
 *  @param paths files, or folders searched three levels deep.
 *  @throws UserError (data) that lists every wrong or missing file; then nothing has changed. */
export async function importDataset(
  root: string,
  id: string,
  paths: readonly string[],
  options: ImportOptions = {},
): Promise<ImportReport> {
  const described = importable(root, id);
  for (const path of paths) if (!existsAt(path)) filesUnder(path);
  return lockedDataset(root, id, options.onNotice ?? (() => undefined), async (guard) => {
    try {
      return await (isOwn(described) && described.files.length === 0
        ? importOwn(root, described, paths, options, guard)
        : importOfficial(root, described, paths, options, guard));
    } finally {
      for (const { name } of described.files) rmSync(copyPath(root, id, name), { force: true });
    }
  });
}

const existsAt = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

function importable(root: string, id: string): ManifestDataset {
  const described = describeDataset(id, root);
  if (described.files.length > 0 || isOwn(described)) return described;
  const { derivedFrom } = described;
  throw new UserError(EXIT.data, {
    where: id,
    given: derivedFrom === undefined ? "is drawn by the program and has no files" : `is derived from ${derivedFrom}`,
    hint: derivedFrom === undefined ? "use it as it is" : `metamd data import ${derivedFrom} PATH`,
  });
}

async function importOwn(
  root: string,
  described: ManifestDataset,
  paths: readonly string[],
  options: ImportOptions,
  guard: Guard,
): Promise<ImportReport> {
  const { id } = described;
  if (paths.length !== 1 || !statSync(paths[0]!).isDirectory())
    throw new UserError(EXIT.data, { where: id, given: paths.join(", "), accepted: "one folder of images by class" });
  const { sources, others } = imageSources(paths[0]!);
  options.onFile?.(`${sources.length} images`, paths[0]!);
  const state = await install(root, described, {
    staged: [],
    guard,
    fill: (writer) => copyInto(writer, sources),
    isWhole: () => true,
  });
  if (options.move === true) deleteSources(sources, `${root}/${id}`);
  const warnings = others === 0 ? [] : [`${others} files that are no images, or hidden, were left out`];
  return report(described, state, [], warnings);
}

async function importOfficial(
  root: string,
  described: ManifestDataset,
  paths: readonly string[],
  options: ImportOptions,
  guard: Guard,
): Promise<ImportReport> {
  const { id, files } = described;
  const names = files.map(({ name }) => name);
  const meant = parseAs(options.as ?? [], [...names, ...topsOf(described)]);
  const list = options.checksums === undefined ? undefined : await readChecksumList(options.checksums);
  const { staged, faults } = await stageAll(
    root,
    described,
    paths.flatMap((path) => filesUnder(path)),
    meant,
    {
      partial: options.partial === true,
      trust: options.trustOnFirstUse === true || list !== undefined,
      onFile: options.onFile ?? (() => undefined),
    },
  );

  const unpacked = files.filter(({ unpack }) => unpack !== "none").map(({ name }) => name);
  const archivesMissing = unpacked.some((name) => !staged.some((one) => one.name === name));
  const sources = archivesMissing ? findExtracted(described, paths, meant) : undefined;
  const open = sources === undefined ? faults : faults.filter(({ name }) => !unpacked.includes(name));
  if (staged.length === 0 && sources === undefined)
    throw new UserError(EXIT.data, [...faults.map(({ fault }) => fault), ...expectedFolder(described)]);
  if (open.length > 0 && options.partial !== true)
    throw new UserError(
      EXIT.data,
      open.map(({ fault }) => fault),
    );

  const previous = readState(root, id);
  const archives = archivesOf(root, described, staged);
  if (sources !== undefined) options.onFile?.(`${sources.length} extracted files`, paths.join(", "));
  const fill: Installation["fill"] = sources === undefined ? archives : (writer) => copyInto(writer, sources);
  requireRoom(root, described, staged, sources, options.freeBytes ?? freeBytes);
  let trusted = false;
  const state = await install(root, described, {
    staged,
    guard,
    fill,
    kept: fill === undefined ? previous?.tree : undefined,
    isWhole: (tree) => {
      const checked = judgeTree(root, id, tree, list, { copied: sources !== undefined, ...options });
      trusted = checked === "trusted";
      return open.length === 0 && checked !== "unknown" && staged.every(({ official }) => official);
    },
  });
  remember(root, described, options.trustOnFirstUse === true ? staged : [], trusted ? state.tree?.sha256 : undefined);
  for (const { name, official } of staged) if (official) removePart(partPath(root, id, name));
  if (options.move === true) {
    for (const { from, path } of staged) if (path !== undefined) rmSync(from);
    deleteSources(sources ?? [], `${root}/${id}`);
  }
  const warnings = staged
    .filter(({ official }) => official)
    .flatMap(({ name, found }) =>
      disagreements(
        found,
        files.find((file) => file.name === name)!,
      ).map((text) => `${name}: ${text}`),
    );
  return report(described, state, staged, warnings);
}

function expectedFolder({ id, tree, page }: ManifestDataset): Fault[] {
  if (tree.length === 0) return [];
  const where = page === undefined ? id : `${id} (${page})`;
  return [
    {
      where,
      given: "no extracted folder either",
      accepted: `a folder with ${tree.join(", ")}`,
      hint: "what has another name or lies elsewhere: --as NAME=PATH",
    },
  ];
}

function requireRoom(
  root: string,
  { id, files }: ManifestDataset,
  staged: readonly StagedFile[],
  sources: readonly Source[] | undefined,
  free: (path: string) => number,
): void {
  const copied = (sources ?? []).reduce((sum, { from }) => sum + statSync(from).size, 0);
  const extracted = files.reduce((sum, { name, unpack, unpackedBytes }) => {
    const bytes = staged.find((one) => one.name === name)?.found.bytes;
    return unpack === "none" || bytes === undefined ? sum : sum + Math.min(unpackedBytes ?? bytes, 4 * bytes);
  }, 0);
  requireSpace(`${root}/${id}`, sources === undefined ? extracted : copied, `to extract ${id}`, free);
}

function report(
  { id, files }: ManifestDataset,
  state: StoredState,
  staged: readonly StagedFile[],
  warnings: readonly string[],
): ImportReport {
  const covered = state.tree !== undefined && !state.partial;
  return {
    id,
    state: state.partial ? "partial" : "ready",
    counts: state.counts,
    stored: staged.filter(({ path }) => path !== undefined).map(({ name, from }) => ({ name, from })),
    extracted: state.tree?.files ?? 0,
    missing: files
      .filter(({ name, unpack }) => !(name in state.files) && !(covered && unpack !== "none"))
      .map(({ name }) => name),
    warnings,
  };
}
