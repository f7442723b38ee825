import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { z } from "zod";
import { EXIT, UserError } from "../../core/errors.js";
import { isThere, writeAtomic } from "../../core/files.js";
import { sha256 } from "../../core/hash.js";
import { reading } from "../../core/system-error.js";
import { fingerprintText } from "./checksum.js";
import { filesFolder, rawFolder, rawPath, statePath } from "./layout.js";
import { describeDataset, type ManifestDataset } from "../manifest.js";

const hexadecimal = z.string().regex(/^[0-9a-f]+$/);

const stateSchema = z.strictObject({
  version: z.literal(1),
  id: z.string(),
  /** True when a file is missing or is not the official one. */
  partial: z.boolean(),
  imported: z.string(),
  counts: z.record(z.string(), z.int().nonnegative()),
  files: z.record(
    z.string(),
    z.strictObject({
      bytes: z.int().nonnegative(),
      sha256: hexadecimal,
      sha1: hexadecimal.optional(),
      md5: hexadecimal.optional(),
      inflated: z.strictObject({ bytes: z.int(), sha256: hexadecimal }).optional(),
    }),
  ),
  /** The extracted files: how many, and the SHA-256 of their list in `tree.tsv`; absent: nothing is extracted. */
  tree: z.strictObject({ sha256: hexadecimal, files: z.int().nonnegative() }).optional(),
  /** What the last verification found missing or changed: names of official files, "files" for the extracted ones. */
  corrupt: z.array(z.string()),
});

/** What `<data>/<id>/state.json` records of a dataset that was fetched or imported. */
export type StoredState = z.output<typeof stateSchema>;

/** How the extracted files are called where names of official files stand. */
export const EXTRACTED = "files";

/** What is recorded of a dataset; undefined when it was never fetched or imported.
 *  @throws UserError (data) when the record cannot be read. */
export function readState(root: string, id: string): StoredState | undefined {
  const path = statePath(root, id);
  if (!isThere(path)) return undefined;
  const text = reading({ where: path, exitCode: EXIT.data }, () => readFileSync(path, "utf8"));
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new UserError(
      EXIT.data,
      {
        where: path,
        given: "unreadable",
        accepted: "what metamd data writes",
        hint: `delete it, then ${fixCommand(describeDataset(id, root))}`,
      },
      { cause: error },
    );
  }
}

export function writeState(root: string, state: StoredState): void {
  writeAtomic(statePath(root, state.id), `${JSON.stringify(state, null, 2)}\n`);
}

/** Makes a dataset absent until its next record: before its files are exchanged. */
export function removeState(root: string, id: string): void {
  rmSync(statePath(root, id), { force: true });
}

/** What is gone, has another length than recorded, or failed the last verification: official files by name, "files". */
export function damagedFiles(root: string, state: StoredState): string[] {
  const damaged = Object.entries(state.files)
    .filter(([name, { bytes }]) => {
      const stored = statSync(rawPath(root, state.id, name), { throwIfNoEntry: false });
      return stored?.size !== bytes || state.corrupt.includes(name);
    })
    .map(([name]) => name);
  const extracted = state.tree === undefined || existsSync(filesFolder(root, state.id));
  return extracted && !state.corrupt.includes(EXTRACTED) ? damaged : [...damaged, EXTRACTED];
}

/** Whether everything official is here, but not extracted. */
export function awaitsUnpacking({ files }: ManifestDataset, { tree, partial }: StoredState): boolean {
  return !partial && tree === undefined && files.some(({ unpack }) => unpack !== "none");
}

/** The record of a dataset that can be used.
 *  @throws UserError (data) that names what is missing or damaged and the command that fixes it. */
export function requireState(root: string, id: string): StoredState {
  const described = describeDataset(id, root);
  const state = readState(root, id);
  const where = rawFolder(root, id);
  const accepted = described.files.length > 0 ? `the official files of ${id}` : "a folder of images by class";
  const hint = fixCommand(described);
  if (state === undefined) {
    const names = described.files.map(({ name }) => name).join(", ");
    throw new UserError(EXIT.data, {
      where,
      given: `not imported, missing ${names || "its images"}`,
      accepted,
      hint,
    });
  }
  const unusable = damagedFiles(root, state);
  if (unusable.length > 0)
    throw new UserError(EXIT.data, { where, given: `missing or damaged ${unusable.join(", ")}`, accepted, hint });
  if (awaitsUnpacking(described, state))
    throw new UserError(EXIT.data, { where, given: "fetched, but not extracted", hint: fetchCommand(id) });
  return state;
}

/** Reads an official file whole and checks it against its record.
 *  @throws UserError (data) when it is not there or its bytes have changed. */
export function readRaw(root: string, state: StoredState, name: string): Uint8Array {
  const path = rawPath(root, state.id, name);
  const recorded = state.files[name];
  const hint = fixCommand(describeDataset(state.id, root));
  if (recorded === undefined)
    throw new UserError(EXIT.data, {
      where: path,
      given: `not here: ${state.id} is partial`,
      accepted: "the whole set for this split",
      hint,
    });
  const bytes = readFileSync(path);
  const found = { bytes: bytes.length, sha256: sha256(bytes) };
  if (found.sha256 !== recorded.sha256)
    throw new UserError(EXIT.data, {
      where: path,
      given: fingerprintText(found),
      accepted: `${fingerprintText(recorded)} (when imported)`,
      hint: `${hint}, then metamd data verify ${state.id}`,
    });
  return bytes;
}

export const importCommand = (id: string): string => `metamd data import ${id} PATH`;
const fetchCommand = (id: string): string => `metamd data fetch ${id}`;

/** The commands that bring a dataset here. */
export function fixCommand({ id, importOnly, files }: ManifestDataset): string {
  const fetchable = !importOnly && files.some(({ urls }) => urls.length > 0);
  return fetchable ? `${fetchCommand(id)}, or ${importCommand(id)}` : importCommand(id);
}
