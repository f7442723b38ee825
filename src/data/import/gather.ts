import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { EXIT, UserError, type Fault } from "../../core/errors.js";
import { makeFolders } from "../../core/files.js";
import type { ManifestDataset } from "../manifest.js";
import { fingerprint, fingerprintText } from "../store/checksum.js";
import { trustedSum } from "../store/sums.js";
import type { TreeWriter } from "./unpack/tree-writer.js";
import { filesUnder, parseAs } from "./candidates.js";
import { copyInto, deleteSources, findExtracted, topsOf, type Source } from "./extracted.js";
import { findOtherForm, unread, type OtherForm } from "./other-forms.js";
import { copyPath, NOT_FOUND, stageAll, type NamedFault, type StagedFile, type StageOptions } from "./stage.js";

/** What stands for a set's archives: an extracted folder, or images in another form. */
export interface Extracted {
  /** What it is, in words, and where from. */
  readonly what: string;
  readonly from: string;
  readonly files: number;
  readonly bytes: number;
  readonly fill: (writer: TreeWriter) => Promise<void>;
  /** Whether its files are known to be the official ones, once they are written; else what is wrong with them, as far as
   *  that can be told. */
  readonly judged: () => { readonly known: boolean; readonly faults: readonly Fault[] };
}

/** What was given of a dataset. */
export interface Gathered {
  readonly staged: readonly StagedFile[];
  readonly extracted?: Extracted;
  /** Official files that nothing stands for. */
  readonly open: readonly NamedFault[];
  /** Deletes what was given. */
  readonly remove: () => void;
}

export interface GatherOptions extends StageOptions {
  readonly as: readonly string[];
  /** Images whose checksum is not known are taken as they are. */
  readonly trustImages: boolean;
}

/** Looks through paths for a dataset: official files, copied beside their places; else the folder that was extracted from
 *  the archives; else its images in another form.
 *  @throws UserError (data) when there is nothing of it, or a file that cannot be read. */
export async function gather(
  root: string,
  described: ManifestDataset,
  paths: readonly string[],
  options: GatherOptions,
): Promise<Gathered> {
  const { files } = described;
  const meant = parseAs(options.as, [...files.map(({ name }) => name), ...topsOf(described)]);
  const candidates = paths.flatMap((path) => filesUnder(path));
  const official = await stageAll(root, described, candidates, meant, options);
  const archives = files.filter(({ unpack }) => unpack !== "none").map(({ name }) => name);
  const archivesMissing = archives.some((name) => !official.staged.some((one) => one.name === name));
  const sources = archivesMissing ? findExtracted(described, paths, meant) : undefined;
  const wanted = official.faults.length > 0 && (sources === undefined || described.pickles !== undefined);
  const form = wanted ? await findOtherForm(described, candidates, options) : undefined;
  const asFiles = form !== undefined && archives.length === 0;
  const { staged, faults } = asFiles ? await stageForm(root, described, form, official, options) : official;

  const folder = form?.known === true ? undefined : sources;
  const tree = form === undefined || asFiles ? undefined : treeOf(form);
  const extracted = folder === undefined ? tree : folderOf(described, folder, paths);
  if (staged.length === 0 && extracted === undefined)
    throw new UserError(EXIT.data, [
      ...faults.map(({ fault }) => fault),
      ...expectedFolder(described),
      ...(faults.every(({ fault }) => fault.given === NOT_FOUND) ? unread(candidates) : []),
    ]);
  return {
    staged,
    ...(extracted !== undefined && { extracted }),
    open: extracted === undefined ? faults : faults.filter(({ name }) => !archives.includes(name)),
    remove: () => {
      for (const { from, path, read } of staged) if (path !== undefined && read === undefined) rmSync(from);
      if (folder === undefined) for (const path of form?.from ?? []) rmSync(path);
      else deleteSources(folder, `${root}/${described.id}`);
    },
  };
}

/** Writes images that came in another form as the official files that are not there. What is official is told by the
 *  checksum of the official file's contents. */
async function stageForm(
  root: string,
  { id, files }: ManifestDataset,
  { from, what, contents }: OtherForm,
  official: { readonly staged: readonly StagedFile[]; readonly faults: readonly NamedFault[] },
  { partial, trustImages, onFile }: GatherOptions,
): Promise<{ staged: StagedFile[]; faults: NamedFault[] }> {
  const staged = official.staged.filter((one) => one.official || contents[one.name] === undefined);
  const faults = official.faults.filter(({ name }) => contents[name] === undefined);
  const place = dirname(from[0]!);
  for (const file of files) {
    const bytes = contents[file.name];
    if (bytes === undefined || staged.some(({ name }) => name === file.name)) continue;
    onFile(file.name, place);
    const path = copyPath(root, id, file.name);
    makeFolders(dirname(path));
    writeFileSync(path, bytes);
    const found = await fingerprint(path, file);
    const sum = file.inflated?.sha256 ?? trustedSum(root, id, file.name);
    const right = sum === undefined ? trustImages : sum === found.sha256;
    staged.push({ name: file.name, found, from: place, path, official: right, read: what });
    if (right || partial) continue;
    const accepted = sum === undefined ? "images whose checksum is known" : `sha256 ${sum}`;
    const trust = sum === undefined ? "--trust-on-first-use takes them and demands the same from then on; or " : "";
    const hint = `${trust}give the official files, or --partial to mark the dataset partial`;
    const given = `${what} as ${file.name}: ${fingerprintText({ bytes: found.bytes, sha256: found.sha256 })}`;
    faults.push({ name: file.name, fault: { where: place, given, accepted, hint } });
  }
  return { staged, faults };
}

function folderOf({ extracted }: ManifestDataset, sources: readonly Source[], paths: readonly string[]): Extracted {
  let faults: Fault[] = [];
  return {
    what: "an extracted folder",
    from: paths.join(", "),
    files: sources.length,
    bytes: sources.reduce((sum, { from }) => sum + statSync(from).size, 0),
    async fill(writer) {
      await copyInto(writer, sources);
      faults = await disagreeing(writer.folder, extracted, sources);
    },
    judged: () => ({ known: extracted.length > 0 && faults.length === 0, faults }),
  };
}

/** The extracted files of which a checksum is known and that have another one. */
async function disagreeing(
  folder: string,
  listed: ManifestDataset["extracted"],
  sources: readonly Source[],
): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const { path, md5 } of listed) {
    const file = join(folder, path);
    const found = existsSync(file) ? (await fingerprint(file, { md5 })).md5 : undefined;
    const where = sources.find((source) => source.path === path)?.from ?? path;
    const given = found === undefined ? "not found" : `md5 ${found}`;
    if (found !== md5) faults.push({ where, given, accepted: `md5 ${md5} (manifest)` });
  }
  return faults;
}

function treeOf({ contents, from, what, known }: OtherForm): Extracted {
  const files = Object.entries(contents);
  return {
    what,
    from: dirname(from[0]!),
    files: files.length,
    bytes: files.reduce((sum, [, bytes]) => sum + bytes.length, 0),
    fill(writer) {
      for (const [path, bytes] of files) {
        const sink = writer.file(writer.check(path, "file"));
        sink.write(bytes);
        sink.end();
      }
      return Promise.resolve();
    },
    judged: () => ({ known, faults: [] }),
  };
}

function expectedFolder({ id, tree, page }: ManifestDataset): Fault[] {
  if (tree.length === 0) return [];
  const where = page === undefined ? id : `${id} (${page})`;
  return [
    {
      where,
      given: "no extracted folder either",
      accepted: `a folder with ${tree.join(", ")}`,
      hint: "what has another name or is elsewhere: --as NAME=PATH",
    },
  ];
}
