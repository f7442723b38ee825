import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { EXIT, UserError } from "../../core/errors.js";
import { writeAtomic } from "../../core/files.js";
import { sha256 } from "../../core/hash.js";
import { inWords } from "./checksum.js";
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
    }),
  ),
  /** Files that the last verification found missing or changed. */
  corrupt: z.array(z.string()),
});

/** What `<data>/<id>/state.json` records of an imported dataset. */
export type StoredState = z.output<typeof stateSchema>;

export const rawFolder = (root: string, id: string): string => join(root, id, "raw");
export const rawPath = (root: string, id: string, name: string): string => join(rawFolder(root, id), name);
/** The files of unpacked archives. */
export const filesFolder = (root: string, id: string): string => join(root, id, "files");
const statePath = (root: string, id: string): string => join(root, id, "state.json");

/** What is recorded of a dataset; undefined when it was never imported.
 *  @throws UserError (data) when the record cannot be read. */
export function readState(root: string, id: string): StoredState | undefined {
  const path = statePath(root, id);
  if (!existsSync(path)) return undefined;
  try {
    return stateSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new UserError(
      EXIT.data,
      {
        where: path,
        given: "unreadable",
        accepted: "what metamd data import writes",
        remedy: `delete it, then ${importCommand(id)}`,
      },
      { cause: error },
    );
  }
}

export function writeState(root: string, state: StoredState): void {
  writeAtomic(statePath(root, state.id), `${JSON.stringify(state, null, 2)}\n`);
}

/** The files that are gone, have another length than recorded, or failed the last verification. */
export function damagedFiles(root: string, state: StoredState): string[] {
  return Object.entries(state.files)
    .filter(([name, { bytes }]) => {
      const stored = statSync(rawPath(root, state.id, name), { throwIfNoEntry: false });
      return stored?.size !== bytes || state.corrupt.includes(name);
    })
    .map(([name]) => name);
}

/** The record of a dataset that can be used.
 *  @throws UserError (data) that names what is missing or damaged and the command that mends it. */
export function requireState(root: string, id: string): StoredState {
  const { files } = describeDataset(id);
  const state = readState(root, id);
  const unusable = state === undefined ? files.map(({ name }) => name) : damagedFiles(root, state);
  if (state !== undefined && unusable.length === 0) return state;
  throw new UserError(EXIT.data, {
    where: rawFolder(root, id),
    given: `${state === undefined ? "not imported, missing" : "missing or damaged"} ${unusable.join(", ")}`,
    accepted: `the official files of ${id}`,
    remedy: importCommand(id),
  });
}

/** Reads an imported file whole and checks it against its record.
 *  @throws UserError (data) when it is not there or its bytes have changed. */
export function readRaw(root: string, state: StoredState, name: string): Uint8Array {
  const path = rawPath(root, state.id, name);
  const recorded = state.files[name];
  if (recorded === undefined)
    throw new UserError(EXIT.data, {
      where: path,
      given: `not imported: ${state.id} is partial`,
      accepted: "the whole set for this split",
      remedy: importCommand(state.id),
    });
  const bytes = readFileSync(path);
  const found = { bytes: bytes.length, sha256: sha256(bytes) };
  if (found.sha256 !== recorded.sha256)
    throw new UserError(EXIT.data, {
      where: path,
      given: inWords(found),
      accepted: `${inWords(recorded)} (when imported)`,
      remedy: `${importCommand(state.id)}, then metamd data verify ${state.id}`,
    });
  return bytes;
}

export const importCommand = (id: string): string => `metamd data import ${id} PATH`;

export type DatasetState = "absent" | "partial" | "ready" | "corrupt" | "embedded";

/** One line of `metamd data list`. */
export interface DatasetStatus {
  readonly id: string;
  readonly title: string;
  /** Embedded: drawn by the program, no files. Of a derived set: the state of its source. */
  readonly state: DatasetState;
  readonly source?: string;
  /** Images per split: as stored, else as the manifest says. */
  readonly counts: Readonly<Record<string, number>>;
  /** Bytes of the official files that are not here whole. */
  readonly bytesNeeded: number;
  readonly licence: string;
}

/** Where a dataset stands, judged by records and file lengths; `verify` reads the bytes.
 *  @throws UserError (usage) on an unknown id. */
export function datasetStatus(root: string, id: string): DatasetStatus {
  const described = describeDataset(id);
  const { title, licence, splits } = described;
  const common = { id, title, licence: licence.name };
  if (described.format === "synthetic") return { ...common, state: "embedded", counts: splits, bytesNeeded: 0 };
  if (described.derivedFrom !== undefined) {
    const source = datasetStatus(root, described.derivedFrom);
    return {
      ...common,
      state: source.state,
      source: source.id,
      counts: source.counts,
      bytesNeeded: source.bytesNeeded,
    };
  }
  const state = readState(root, id);
  const damaged = state === undefined ? [] : damagedFiles(root, state);
  return {
    ...common,
    state: state === undefined ? "absent" : damaged.length > 0 ? "corrupt" : state.partial ? "partial" : "ready",
    counts: state?.counts ?? splits,
    bytesNeeded: neededBytes(described, state, damaged),
  };
}

function neededBytes({ files }: ManifestDataset, state: StoredState | undefined, damaged: readonly string[]): number {
  return files
    .filter(({ name, sha256 }) => damaged.includes(name) || state?.files[name]?.sha256 !== sha256)
    .reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
}
