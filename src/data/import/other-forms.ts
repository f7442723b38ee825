import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { EXIT, UserError, type Fault } from "../../core/errors.js";
import type { DecodedImages, OfficialSplit } from "../dataset.js";
import { readCifarPickle } from "../formats/cifar-pickle.js";
import { readParquetImages, type ParquetImage } from "../formats/parquet.js";
import { refusal } from "../formats/refusal.js";
import { grey } from "../images/grey.js";
import type { ManifestDataset } from "../manifest.js";
import { concatenate } from "../bytes.js";
import { decodeBytes } from "../photos/decode.js";
import { datasets } from "../sets/index.js";
import { fingerprint } from "../store/checksum.js";
import type { StageOptions } from "./stage.js";

/** Images of a set that came in another form than its official files. */
export interface OtherForm {
  /** The files that were read. */
  readonly from: readonly string[];
  /** What they are, in words. */
  readonly what: string;
  /** Contents of the official files that say these images, by name or by path among the extracted files. */
  readonly contents: Readonly<Record<string, Uint8Array>>;
  /** Whether the files that were read are known to be whole and right by checksums of their own. */
  readonly known: boolean;
}

type How = Pick<StageOptions, "partial" | "onFile">;
type Splits = Partial<Record<OfficialSplit, DecodedImages>>;
const SPLITS = ["train", "test"] as const;
/** Images that are decoded at a time. */
const AT_ONCE = 16;

/** Looks for a set's images in another form: the pickles of CIFAR-10, and parquet files as Hugging Face has them.
 *  @param candidates files among which they are looked for. @param how `partial`: take a part, or pickles with other bytes.
 *  @returns undefined when there are none.
 *  @throws UserError (data) when there are some and they cannot be taken. */
export async function findOtherForm(
  described: ManifestDataset,
  candidates: readonly string[],
  how: How,
): Promise<OtherForm | undefined> {
  const encode = datasets[described.id]?.encode;
  if (encode === undefined) return undefined;
  const found = (await fromPickles(described, candidates, how)) ?? (await fromParquet(described, candidates, how));
  if (found === undefined) return undefined;
  const { splits, ...form } = found;
  const contents = SPLITS.map((split) => splits[split] && encode(split, splits[split]));
  return { ...form, contents: Object.assign({}, ...contents) as Record<string, Uint8Array> };
}

const ELSE = "docs/datasets.md says what is read; metamd data fetch gets the official files";
/** Files that people have of these sets and that are not read. */
const UNREAD: readonly (readonly [name: RegExp, given: string, hint: string])[] = [
  [/^cifar-10-python\.tar\.gz$/, "an archive of pickles", "extract it where it is, and give the folder again"],
  [/\.npz$/, "NumPy's .npz, which is not read", ELSE],
  [/\.arrow$/, "an Arrow file, which is not read", `give the parquet files of Hugging Face's hub folder; ${ELSE}`],
  [/\.(h5|hdf5)$/, "an HDF5 file, which is not read", ELSE],
  [/\.tfrecord/, "a TFRecord file, which is not read", ELSE],
];

/** What is said of such files where nothing else is found: of the first of every kind. */
export function unread(candidates: readonly string[]): Fault[] {
  return UNREAD.flatMap(([name, given, hint]) => {
    const path = candidates.find((one) => name.test(basename(one)));
    return path === undefined ? [] : [{ where: path, given, hint }];
  });
}

type Found = Omit<OtherForm, "contents"> & { readonly splits: Splits };

async function fromPickles(
  { pickles }: ManifestDataset,
  candidates: readonly string[],
  { partial, onFile }: How,
): Promise<Found | undefined> {
  const all = [...(pickles?.train ?? []), ...(pickles?.test ?? [])];
  const home = candidates.find((path) => basename(path) === all[0]?.path || basename(path) === all.at(-1)?.path);
  if (pickles === undefined || home === undefined) return undefined;
  const faults: Fault[] = [];
  const from: string[] = [];
  const read = async (files: typeof all): Promise<DecodedImages | undefined> => {
    const parts: DecodedImages[] = [];
    for (const { path: name, md5 } of files) {
      const path = candidates.find((one) => basename(one) === name && dirname(one) === dirname(home));
      const accepted = `md5 ${md5} (manifest, the Python version)`;
      if (path === undefined) {
        faults.push({ where: `${dirname(home)}/${name}`, given: "not found", accepted });
        continue;
      }
      const found = await fingerprint(path, { md5 });
      if (found.md5 !== md5) faults.push({ where: path, given: `md5 ${found.md5}`, accepted });
      if (found.md5 !== md5 && !partial) continue;
      from.push(path);
      onFile("images", path);
      parts.push(readCifarPickle(readFileSync(path), path));
    }
    return parts.length === 0 ? undefined : joined(parts);
  };
  const [train, test] = [await read(pickles.train), await read(pickles.test)];
  if (faults.length > 0 && !partial) throw new UserError(EXIT.data, withHint(faults));
  const splits = { ...(train && { train }), ...(test && { test }) };
  return { from, what: "pickles", splits, known: faults.length === 0 };
}

const withHint = (faults: readonly Fault[]): Fault[] =>
  faults.map((fault, i) => ({
    ...fault,
    ...(i === faults.length - 1 && { hint: "give the official files, or --partial to take what is there" }),
  }));

async function fromParquet(
  described: ManifestDataset,
  candidates: readonly string[],
  { onFile }: How,
): Promise<Found | undefined> {
  const tables = candidates.flatMap((path) => {
    const split = splitOf(path);
    return split === undefined ? [] : [{ path, split, folder: folderOf(path) }];
  });
  const [first] = tables;
  if (first === undefined) return undefined;
  const folders = [...new Set(tables.map(({ folder }) => folder))];
  if (folders.length > 1)
    throw new UserError(EXIT.data, {
      where: described.id,
      given: `parquet files in ${folders.join(", ")}`,
      accepted: "those of one set in one folder",
      hint: `metamd data import ${described.id} ${first.folder}`,
    });
  const splits: Splits = {};
  for (const split of SPLITS) {
    const paths = tables.filter((one) => one.split === split).map(({ path }) => path);
    if (paths.length > 0) splits[split] = await decodeTables(paths.sort(), described, onFile);
  }
  return { from: tables.map(({ path }) => path), what: "images of parquet files", splits, known: false };
}

/** Of which split a parquet file is, by its name or its folder's. Others, such as `extra`, are left alone. */
function splitOf(path: string): OfficialSplit | undefined {
  if (!path.endsWith(".parquet")) return undefined;
  const named = [basename(path), basename(dirname(path))].map((name) =>
    /(?:^|[-_.])(train|test)(?=[-_.]|$)/.exec(name),
  );
  return (named[0] ?? named[1])?.[1] as OfficialSplit | undefined;
}

/** The folder of all splits: that of the file, or, where splits have folders, the one around it. */
const folderOf = (path: string): string =>
  /^(train|test)$/.test(basename(dirname(path))) ? dirname(dirname(path)) : dirname(path);

async function decodeTables(
  paths: readonly string[],
  described: ManifestDataset,
  onFile: StageOptions["onFile"],
): Promise<DecodedImages> {
  const parts: DecodedImages[] = [];
  for (const path of paths) {
    onFile("images", path);
    for await (const rows of readParquetImages(path)) parts.push(await decodeRows(rows, path, described));
  }
  return joined(parts);
}

async function decodeRows(
  rows: readonly ParquetImage[],
  path: string,
  { image: wanted, classes }: ManifestDataset,
): Promise<DecodedImages> {
  const { height, width, channels } = wanted!;
  const size = height * width * channels;
  const pixels = new Uint8Array(rows.length * size);
  const count = typeof classes === "number" ? classes : classes.length;
  const decode = async ({ image, label }: ParquetImage, i: number): Promise<void> => {
    const where = `${path}: image ${i}`;
    if (label < 0 || label >= count) throw refusal(where, `label ${label}`, `labels below ${count}`);
    const decoded = await decodeBytes(Buffer.from(image.buffer, image.byteOffset, image.byteLength), where);
    if (decoded.height !== height || decoded.width !== width)
      throw refusal(where, `${decoded.height}x${decoded.width} pixels`, `${height}x${width}`);
    pixels.set(channels === 1 ? grey(decoded.pixels) : decoded.pixels, i * size);
  };
  for (let first = 0; first < rows.length; first += AT_ONCE)
    await Promise.all(rows.slice(first, first + AT_ONCE).map((row, i) => decode(row, first + i)));
  return { labels: Uint8Array.from(rows, ({ label }) => label), pixels };
}

const joined = (parts: readonly DecodedImages[]): DecodedImages => ({
  labels: concatenate(parts.map(({ labels }) => labels)),
  pixels: concatenate(parts.map(({ pixels }) => pixels)),
});
