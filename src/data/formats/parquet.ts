import type { FileMetaData, SchemaTree } from "hyparquet";
import { refusal } from "./refusal.js";

/** An encoded image, as its file would be, and its class. */
export interface ParquetImage {
  readonly image: Uint8Array;
  readonly label: number;
}

const LABEL = "label";
const ACCEPTED =
  "a column of images (struct of bytes and path) and one of whole numbers called label, as Hugging Face has";

/** Reads a table of images and classes, as the image sets of Hugging Face are.
 *  @yields the rows, a row group at a time.
 *  @throws UserError (data) on other columns, an unknown compression, and damaged files. */
export async function* readParquetImages(path: string): AsyncGenerator<ParquetImage[]> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import("hyparquet");
  try {
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    const column = imageColumn(parquetSchema(metadata), path);
    for (const [rowStart, rowEnd] of rowGroups(metadata)) {
      const columns = [column, LABEL];
      const rows = await parquetReadObjects({ file, metadata, rowStart, rowEnd, columns, utf8: false });
      yield rows.map((row, i) => readRow(row, column, `${path}: row ${rowStart + i}`));
    }
  } catch (error) {
    if (!(error instanceof Error) || "faults" in error) throw error;
    throw refusal(path, `cannot be read (${error.message})`, "a whole parquet file, uncompressed or by Snappy");
  }
}

function imageColumn({ children }: SchemaTree, path: string): string {
  const images = children.filter((child) => child.children.some(({ element }) => element.name === "bytes"));
  const labelled = children.some(({ element, children: inner }) => element.name === LABEL && inner.length === 0);
  if (images.length === 1 && labelled) return images[0]!.element.name;
  throw refusal(path, `columns ${children.map(({ element }) => element.name).join(", ")}`, ACCEPTED);
}

function* rowGroups({ row_groups }: FileMetaData): Generator<[start: number, end: number]> {
  let start = 0;
  for (const { num_rows } of row_groups) yield [start, (start += Number(num_rows))];
}

function readRow(row: Record<string, unknown>, column: string, where: string): ParquetImage {
  const { bytes } = (row[column] ?? {}) as { bytes?: unknown };
  const label = Number(row[LABEL] ?? NaN);
  if (!(bytes instanceof Uint8Array) || !Number.isInteger(label))
    throw refusal(where, "no image or no label", ACCEPTED);
  return { image: bytes, label };
}
