import { join } from "node:path";
import { EXIT, UserError } from "../../core/errors.js";
import { contentId } from "../../core/hash.js";
import { locked } from "../../core/lock.js";
import { freeBytes, type Guard, makeFolders } from "../../core/files.js";
import type { Frame, Photo, PhotoPart } from "../dataset.js";
import { bytesOf } from "../images/shape.js";
import { explainFullDisk, requireSpace } from "../store/space.js";
import { DECODER } from "./decode.js";
import { openDecoders, type Decoders } from "./decoders.js";
import { appendRows, findRows, indexedKeys, rowKey, type RowFile } from "./rows.js";

/** Photos of one or more splits of a dataset. */
export interface Wanted extends Pick<PhotoPart, "files" | "cache"> {
  readonly photos: readonly Photo[];
}

export interface CacheHooks {
  /** Takes notices for people. */
  readonly say: (text: string) => void;
  /** Called when more photos are decoded. */
  readonly onDecoded?: ((done: number, total: number) => void) | undefined;
  /** Bytes left on the disk of a path; for tests. */
  readonly free?: (path: string) => number;
  /** Threads that decode; default by the processors. */
  readonly threads?: number;
}

/** Photos that are kept at a time; they are decoded while those before are written. */
const BLOCK = 64;
/** Photos that are decoded without a word. */
const SILENT = 300;

/** Places of one row file that were checked or written by this process, and its last caller. */
interface Shared {
  readonly known: Set<number>;
  turn: Promise<unknown>;
}
const shared = new Map<string, Shared>();

/** Decoded photos in a file of `<data>/<id>/cache`, told by the tree they come from, frame and decoder, and
 *  each by the checksum of its file as it was imported. What is missing,
 *  cut short or changed there is decoded and appended, one process at a time; the rest is left alone.
 *  @returns the file, and where each photo begins, in photos.
 *  @throws UserError (data) on photos that cannot be decoded, a full disk or a folder that cannot be written. */
export async function cachedPhotos(
  wanted: Wanted,
  { size, channels }: Pick<Frame, "size" | "channels">,
  hooks: CacheHooks,
): Promise<{ readonly path: string; readonly places: Int32Array }> {
  const { folder } = wanted.cache;
  const name = rowsName(wanted, { size, channels });
  const bytes = bytesOf({ height: size, width: size, channels });
  const file: RowFile = { images: `${name}.images`, index: `${name}.index`, size: bytes };
  const keys = wanted.photos.map(keyOf);
  let own = shared.get(name);
  if (own === undefined) shared.set(name, (own = { known: new Set(), turn: Promise.resolve() }));
  const { known } = own;
  const find = async (): Promise<Map<string, number>> => {
    const found = await findRows(file, keys, known);
    for (const place of found.values()) known.add(place);
    return found;
  };
  const complete = async (): Promise<ReadonlyMap<string, number>> => {
    const found = await find();
    if (keys.every((key) => found.has(key))) return found;
    makeFolders(folder);
    return locked(`${name}.lock`, { say: hooks.say, lost: () => lostCache(folder) }, async (guard) => {
      const places = await find();
      const missing = wanted.photos.map((photo, i) => ({ photo, key: keys[i]! })).filter(({ key }) => !places.has(key));
      if (missing.length > 0) await decodeInto(file, missing, places, wanted, { size, channels }, { ...hooks, guard });
      return places;
    });
  };
  const next = (): Promise<ReadonlyMap<string, number>> => explained(folder, complete);
  const turn = own.turn.then(next, next);
  own.turn = turn;
  const places = await turn;
  return { path: file.images, places: Int32Array.from(keys, (key) => places.get(key)!) };
}

/** The photos that the cache does not hold yet, by its index alone. */
export function undecoded(wanted: Wanted, frame: Pick<Frame, "size" | "channels">): readonly Photo[] {
  const held = indexedKeys({ index: `${rowsName(wanted, frame)}.index` });
  return wanted.photos.filter((photo) => !held.has(keyOf(photo)));
}

/** What the row file and its index are called, without their ends. */
const rowsName = (
  { cache: { folder, source } }: Wanted,
  { size, channels }: Pick<Frame, "size" | "channels">,
): string => join(folder, contentId({ source, size, channels, resample: "bilinear", decoder: DECODER }));

/** Tells a row by the file it is made of. Rows of earlier programs, which decoded whatever lay there, are told by its name
 *  alone: none of them is found. */
const keyOf = ({ path, sha256, cropBottom = 0 }: Photo): string =>
  rowKey(sha256 === undefined ? `${cropBottom} ${path}` : `${cropBottom} ${sha256} ${path}`);

/** Decodes photos and appends them block by block, in their order. */
async function decodeInto(
  file: RowFile,
  missing: readonly { readonly photo: Photo; readonly key: string }[],
  places: Map<string, number>,
  { files, cache }: Wanted,
  frame: Pick<Frame, "size" | "channels">,
  { say, onDecoded, free = freeBytes, threads, guard }: CacheHooks & { readonly guard: Guard },
): Promise<void> {
  const total = missing.length;
  requireSpace(cache.folder, total * file.size, `for ${total} decoded photos`, free);
  if (total > SILENT) say(`decoding ${total} photos of ${files}, once`);
  const decoders: Decoders = openDecoders(total, threads);
  const decodeBlock = (start: number): Promise<{ key: string; pixels: Uint8Array }[]> => {
    const block = missing.slice(start, start + BLOCK).map(async ({ photo, key }) => {
      const { path, cropBottom, sha256 } = photo;
      return { key, pixels: await decoders.decode(join(files, path), { ...frame, cropBottom }, sha256) };
    });
    const all = Promise.all(block);
    // It may fail while the block before is written.
    all.catch(() => undefined);
    return all;
  };
  try {
    let next = decodeBlock(0);
    for (let start = 0; start < total; start += BLOCK) {
      const rows = await next;
      next = decodeBlock(start + BLOCK);
      guard();
      const first = appendRows(file, rows);
      rows.forEach(({ key }, i) => places.set(key, first + i));
      onDecoded?.(start + rows.length, total);
    }
  } finally {
    await decoders.close();
  }
}

const lostCache = (folder: string): UserError =>
  new UserError(EXIT.data, {
    where: folder,
    given: "another process took over the decoding of photos, since this one made no progress for a long time",
    hint: "run the same command again: photos that are decoded are kept",
  });

async function explained<Result>(folder: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    const { errno, message } = error as NodeJS.ErrnoException;
    const explained = explainFullDisk(error, folder);
    if (errno === undefined || explained !== error) throw explained;
    const given = `decoded photos cannot be kept (${message})`;
    const hint = "use a folder that you may write with --data, or have its owner run this once";
    throw new UserError(EXIT.data, { where: folder, given, hint }, { cause: error });
  }
}
