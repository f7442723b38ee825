import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Fault } from "../../core/errors.js";
import { describeDataset, loadManifest, type ManifestDataset } from "../manifest.js";
import { contentSum, fingerprint, fingerprintText, type Fingerprint } from "./checksum.js";
import { filesFolder, rawPath, treeListPath } from "./layout.js";
import { EXTRACTED, fixCommand, readState, requireState, writeState, type StoredState } from "./store.js";
import { trustedSum } from "./sums.js";
import { hashTree, readTreeList, treeRecord } from "./tree.js";

/** What verification found of one stored file. */
export interface FileVerdict {
  readonly id: string;
  /** An official file's name; "files" for the extracted ones together, "files/…" for one of them that is wrong. */
  readonly name: string;
  readonly path: string;
  readonly state: "ok" | "missing" | "different" | "unknown";
  readonly expected?: Fingerprint;
  readonly found?: Fingerprint;
}

/** Re-hashes stored files, and records the damaged ones so that no run opens them.
 *  @param ids datasets; a derived one stands for its source, a drawn one has no files. None: every one that is here.
 *  @throws UserError (usage) on an unknown id, (data) on one that is not here. */
export async function verifyDatasets(root: string, ids: readonly string[]): Promise<FileVerdict[]> {
  const verdicts: FileVerdict[] = [];
  for (const id of ids.length > 0 ? sourcesOf(root, ids) : storedIds(root)) {
    const state = readState(root, id) ?? requireState(root, id);
    verdicts.push(...(await verifyDataset(root, state)));
  }
  return verdicts;
}

/** What is wrong by these verdicts, with the command that brings it back. */
export const faultsOf = (root: string, verdicts: readonly FileVerdict[]): Fault[] =>
  verdicts
    .filter(({ state }) => state !== "ok")
    .map(({ id, path, state, expected, found }) => ({
      where: path,
      given: found === undefined ? (state === "missing" ? "missing" : "not as it was stored") : fingerprintText(found),
      accepted: expected === undefined ? "no such file" : fingerprintText(expected),
      hint: fixCommand(describeDataset(id, root)),
    }));

/** The datasets with files that the given ones are read from, each once. */
export function sourcesOf(root: string, ids: readonly string[]): string[] {
  const sources = ids.map((id) => describeDataset(id, root)).map(({ id, derivedFrom }) => derivedFrom ?? id);
  return [...new Set(sources)].filter((id) => describeDataset(id, root).format !== "synthetic");
}

function storedIds(root: string): string[] {
  return Object.keys(loadManifest(root)).filter((id) => readState(root, id) !== undefined);
}

/** Re-hashes what is recorded of one dataset and remembers what is wrong. */
export async function verifyDataset(root: string, state: StoredState): Promise<FileVerdict[]> {
  const described = describeDataset(state.id, root);
  const raw: FileVerdict[] = [];
  for (const name of Object.keys(state.files)) raw.push(await verifyRaw(root, described, state, name));
  const extracted = await verifyTree(root, state);
  const wrong = raw.filter((verdict) => verdict.state !== "ok").map(({ name }) => name);
  const corrupt = extracted.some((verdict) => verdict.state !== "ok") ? [...wrong, EXTRACTED] : wrong;
  if (corrupt.join() !== state.corrupt.join()) writeState(root, { ...state, corrupt });
  return [...raw, ...extracted];
}

async function verifyRaw(
  root: string,
  { id, files }: ManifestDataset,
  state: StoredState,
  name: string,
): Promise<FileVerdict> {
  const path = rawPath(root, id, name);
  const recorded = state.files[name]!;
  const listed = files.find((file) => file.name === name);
  // The same inflated, and what was trusted, are what they were when they were stored.
  const inflated = listed !== undefined && contentSum(recorded, listed) !== recorded.sha256;
  const other = inflated || trustedSum(root, id, name) === recorded.sha256;
  const expected =
    state.partial || other || listed?.sha256 === undefined ? recorded : { ...recorded, sha256: listed.sha256 };
  if (!existsSync(path)) return { id, name, path, state: "missing", expected };
  const found = await fingerprint(path);
  return { id, name, path, state: found.sha256 === expected.sha256 ? "ok" : "different", expected, found };
}

/** One verdict when the extracted files are right, else one for every wrong one as far as their list tells. */
async function verifyTree(root: string, { id, tree }: StoredState): Promise<FileVerdict[]> {
  if (tree === undefined) return [];
  const folder = filesFolder(root, id);
  const found = await hashTree(folder);
  const now = treeRecord(found);
  const whole = { id, name: EXTRACTED, path: folder };
  if (now.sha256 === tree.sha256) return [{ ...whole, state: "ok" }];
  const listed = readTreeList(treeListPath(root, id), tree);
  if (listed === undefined) return [{ ...whole, state: found.length === 0 ? "missing" : "different" }];
  const before = new Map(listed.map((file) => [file.path, file]));
  const after = new Map(found.map((file) => [file.path, file]));
  const verdicts: FileVerdict[] = [];
  for (const path of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const [expected, given] = [before.get(path), after.get(path)].map(
      (file) => file && { bytes: file.bytes, sha256: file.sha256 },
    );
    if (expected !== undefined && expected.sha256 === given?.sha256) continue;
    const state = given === undefined ? "missing" : expected === undefined ? "unknown" : "different";
    const one = { id, name: `${EXTRACTED}/${path}`, path: join(folder, path), state } as const;
    verdicts.push({ ...one, ...(expected && { expected }), ...(given && { found: given }) });
  }
  return verdicts;
}
