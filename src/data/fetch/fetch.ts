import { existsSync, statSync } from "node:fs";
import { EXIT, UserError, type Fault } from "../../core/errors.js";
import { freeBytes, type Guard } from "../../core/files.js";
import { describeDataset, type ManifestDataset, type ManifestFile } from "../manifest.js";
import { disagreements, fingerprint, isListed, type Fingerprint } from "../store/checksum.js";
import { archivesOf, install, type Staged } from "../import/install.js";
import { filesFolder, partPath, rawPath } from "../store/layout.js";
import { requireLicence } from "./licence.js";
import { lockedDataset } from "../store/lock.js";
import { requireSpace } from "../store/space.js";
import { datasetStatus } from "../store/status.js";
import { EXTRACTED, importCommand, readState, writeState, type StoredState } from "../store/store.js";
import { demanded } from "../store/sums.js";
import { sourcesOf, verifyDataset } from "../store/verify.js";
import { timestamp } from "../../core/clock.js";
import { fetchFile } from "./fetch-file.js";
import { NET, type FetchEvent, type NetSettings } from "./settings.js";

export interface FetchOptions {
  /** Open no connection; an error says what is missing. */
  readonly offline?: boolean;
  /** Datasets whose licences the user accepts with this call. */
  readonly acceptLicences?: readonly string[];
  readonly trustOnFirstUse?: boolean;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: FetchEvent) => void;
  readonly net?: Partial<NetSettings>;
  /** Bytes that may still be written where a path lies. */
  readonly freeBytes?: (path: string) => number;
}

export interface FetchReport {
  readonly id: string;
  readonly state: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** Files of one dataset that come at the same time. */
const AT_ONCE = 4;

/** Brings datasets here whole: checks what is here, fetches what is missing or wrong, extracts and counts.
 *  @param ids datasets; a derived one stands for its source, a drawn one has nothing to fetch. One that fails does not
 *  stop the others.
 *  @throws UserError (data) that lists what could not be had; (usage) on an unknown id; Interrupted. */
export async function fetchDatasets(
  root: string,
  ids: readonly string[],
  options: FetchOptions = {},
): Promise<FetchReport[]> {
  const reports: FetchReport[] = [];
  const faults: Fault[] = [];
  for (const id of sourcesOf(root, ids)) {
    try {
      reports.push(await fetchDataset(root, id, options));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      faults.push(...error.faults);
    }
  }
  if (faults.length > 0) throw new UserError(EXIT.data, faults);
  return reports;
}

async function fetchDataset(root: string, id: string, options: FetchOptions): Promise<FetchReport> {
  const described = describeDataset(id, root);
  const { onEvent = () => undefined } = options;
  const say = (text: string): void => onEvent({ id, event: "notice", text });
  const before = readState(root, id);
  if (described.importOnly || described.files.length === 0) {
    const { state, counts } = datasetStatus(root, id);
    if (state === "ready") return { id, state, counts };
    throw notFetchable(described);
  }
  requireLicence(root, described, options.acceptLicences ?? []);
  return lockedDataset(root, id, say, async (guard) => {
    const present = await presentFiles(root, described, onEvent);
    const missing = described.files.filter(({ name }) => !present.has(name));
    if (missing.length > 0) await fetchMissing(root, described, missing, present, options);
    warn(described, present, say);

    const unpacks = described.files.some(({ unpack }) => unpack !== "none");
    if (!unpacks || (before !== undefined && missing.length === 0 && (await treeIsWhole(root, before)))) {
      if (before !== undefined && missing.length === 0 && isUpToDate(before, present)) return done(root, id, onEvent);
      const staged = [...present].map(([name, found]) => ({ name, found }));
      await install(root, described, { staged, guard, kept: before?.tree, isWhole: () => true });
      return done(root, id, onEvent);
    }
    await extract(root, described, present, options, guard);
    return done(root, id, onEvent);
  });
}

/** Official files that are here and right, by name; all are hashed again. */
async function presentFiles(
  root: string,
  { id, files }: ManifestDataset,
  onEvent: (event: FetchEvent) => void,
): Promise<Map<string, Fingerprint>> {
  const present = new Map<string, Fingerprint>();
  for (const listed of files) {
    const file = demanded(root, id, listed);
    const path = rawPath(root, id, file.name);
    if (!existsSync(path)) continue;
    const found = await fingerprint(path, file);
    if (!isListed(found, file)) continue;
    present.set(file.name, found);
    onEvent({ id, event: "present", name: file.name, bytes: found.bytes, sha256: found.sha256 });
  }
  return present;
}

async function fetchMissing(
  root: string,
  described: ManifestDataset,
  missing: readonly ManifestFile[],
  present: Map<string, Fingerprint>,
  options: FetchOptions,
): Promise<void> {
  const { id } = described;
  if (options.offline === true) throw offline(id, missing);
  const here = (name: string): number => statSync(partPath(root, id, name), { throwIfNoEntry: false })?.size ?? 0;
  const bytes = missing.reduce((sum, file) => sum + Math.max(0, (file.bytes ?? 0) - here(file.name)), 0);
  requireSpace(rawPath(root, id, ""), bytes, `to fetch ${id}`, options.freeBytes ?? freeBytes);

  const { signal, trustOnFirstUse = false, onEvent = () => undefined } = options;
  const net = { ...NET, ...options.net };
  const queue = [...missing];
  const faults: Fault[] = [];
  let failure: unknown;
  const work = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined && failure === undefined; file = queue.shift()) {
      try {
        present.set(file.name, await fetchFile(root, id, file, { net, signal, trustOnFirstUse, onEvent }));
      } catch (error) {
        if (error instanceof UserError) faults.push(...error.faults);
        else failure = error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (failure !== undefined) throw failure as Error;
  if (faults.length > 0) throw new UserError(EXIT.data, faults);
}

function offline(id: string, missing: readonly ManifestFile[]): UserError {
  return new UserError(
    EXIT.data,
    missing.map((file) => ({
      where: `${id}: ${file.name}`,
      given: "not here, and no connection is to be opened (offline)",
      accepted: file.urls.join(", "),
      hint: `get it on another machine, then ${importCommand(id)}`,
    })),
  );
}

function notFetchable({ id, page, tree, files }: ManifestDataset): UserError {
  const names = [...files.map(({ name }) => name), ...(tree.length > 0 ? [`a folder with ${tree.join(", ")}`] : [])];
  return new UserError(EXIT.data, {
    where: id,
    given: "cannot be fetched, only imported",
    accepted: names.length > 0 ? names.join(", or ") : "a folder of images by class",
    hint: `${page === undefined ? "" : `get it from ${page}, then `}${importCommand(id)}`,
  });
}

/** Weaker checksums that disagree with an accepted file. */
function warn(
  { files }: ManifestDataset,
  present: ReadonlyMap<string, Fingerprint>,
  say: (text: string) => void,
): void {
  for (const file of files)
    for (const text of disagreements(present.get(file.name)!, file)) say(`warning: ${file.name}: ${text}`);
}

async function treeIsWhole(root: string, state: StoredState): Promise<boolean> {
  if (state.tree === undefined || state.partial) return false;
  return (await verifyDataset(root, state)).every(
    (verdict) => !verdict.name.startsWith(EXTRACTED) || verdict.state === "ok",
  );
}

function isUpToDate(state: StoredState, present: ReadonlyMap<string, Fingerprint>): boolean {
  const same = [...present].every(([name, { sha256 }]) => state.files[name]?.sha256 === sha256);
  return same && !state.partial && state.corrupt.length === 0;
}

async function extract(
  root: string,
  described: ManifestDataset,
  present: ReadonlyMap<string, Fingerprint>,
  options: FetchOptions,
  guard: Guard,
): Promise<void> {
  const { id, files } = described;
  const recorded = Object.fromEntries(present);
  // Fetched, not extracted: what a full disk or a refused archive leaves behind.
  writeState(root, { version: 1, id, partial: false, imported: timestamp(), counts: {}, files: recorded, corrupt: [] });
  const archives = files.filter(({ unpack }) => unpack !== "none");
  const bytes = archives.reduce((sum, file) => sum + unpackedBytes(file, present.get(file.name)!), 0);
  requireSpace(filesFolder(root, id), bytes, `to extract ${id}`, options.freeBytes ?? freeBytes);
  for (const { name } of archives) options.onEvent?.({ id, event: "unpack", name });
  const staged: Staged[] = [...present].map(([name, found]) => ({ name, found }));
  const fill = archivesOf(root, described, staged);
  await install(root, described, { staged, guard, fill, signal: options.signal, isWhole: () => true });
}

/** Images hardly shrink in an archive: without better knowledge, its own length. */
function unpackedBytes({ unpackedBytes: known, maxBytes }: ManifestFile, { bytes }: Fingerprint): number {
  return known ?? Math.min(bytes, maxBytes);
}

function done(root: string, id: string, onEvent: (event: FetchEvent) => void): FetchReport {
  const { state, counts } = datasetStatus(root, id);
  onEvent({ id, event: "done", state, counts });
  return { id, state, counts };
}
