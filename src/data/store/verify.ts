import { existsSync } from "node:fs";
import { fingerprint, type Fingerprint } from "./checksum.js";
import { describeDataset, loadManifest } from "../manifest.js";
import { rawPath, readState, requireState, writeState } from "./store.js";

/** What verification found of one stored file. */
export interface FileVerdict {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly state: "ok" | "missing" | "different";
  readonly expected: Fingerprint;
  readonly found?: Fingerprint;
}

/** Re-hashes stored files, and records the damaged ones so that no run opens them.
 *  @param ids datasets; a derived one stands for its source, a drawn one has no files. None: every imported one.
 *  @throws UserError (usage) on an unknown id, (data) on one that was never imported. */
export async function verifyDatasets(root: string, ids: readonly string[]): Promise<FileVerdict[]> {
  const verdicts: FileVerdict[] = [];
  for (const id of ids.length > 0 ? withSources(ids) : importedIds(root))
    verdicts.push(...(await verifyDataset(root, id)));
  return verdicts;
}

function withSources(ids: readonly string[]): string[] {
  const sources = ids.map(describeDataset).map(({ id, derivedFrom }) => derivedFrom ?? id);
  return [...new Set(sources)].filter((id) => describeDataset(id).files.length > 0);
}

function importedIds(root: string): string[] {
  return Object.keys(loadManifest()).filter((id) => readState(root, id) !== undefined);
}

async function verifyDataset(root: string, id: string): Promise<FileVerdict[]> {
  const state = readState(root, id) ?? requireState(root, id);
  const verdicts: FileVerdict[] = [];
  for (const [name, recorded] of Object.entries(state.files)) {
    const path = rawPath(root, id, name);
    const listed = describeDataset(id).files.find((file) => file.name === name)?.sha256;
    const expected = state.partial || listed === undefined ? recorded : { ...recorded, sha256: listed };
    const verdict = { id, name, path, expected };
    if (!existsSync(path)) {
      verdicts.push({ ...verdict, state: "missing" });
      continue;
    }
    const found = await fingerprint(path);
    verdicts.push({ ...verdict, state: found.sha256 === expected.sha256 ? "ok" : "different", found });
  }
  const corrupt = verdicts.filter((verdict) => verdict.state !== "ok").map(({ name }) => name);
  if (corrupt.join() !== state.corrupt.join()) writeState(root, { ...state, corrupt });
  return verdicts;
}
