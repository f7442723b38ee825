import { createReadStream, type ReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import seekBzip from "seek-bzip";
import xz from "xz-decompress";
import { decodeBzip2 } from "../../formats/bzip2.js";
import { Refusal, type Limits } from "./limits.js";

export type Compression = "gz" | "bz2" | "xz" | "none";

const MAGIC: readonly (readonly [Compression | "zip", readonly number[]])[] = [
  ["gz", [0x1f, 0x8b]],
  ["bz2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]],
  ["zip", [0x50, 0x4b]],
];

/** What a file is by its first bytes, never by its name. */
export function sniff(first: Uint8Array): Compression | "zip" {
  return MAGIC.find(([, magic]) => magic.every((byte, i) => first[i] === byte))?.[0] ?? "none";
}

/** The first bytes of a file. */
export async function firstBytes(path: string, count: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { end: count - 1 })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A file's bytes, a chunk at a time, inflated where its first bytes say so, counted against the limits as they come out.
 *  @throws Refusal when the bytes are damaged, cut off or too many. */
export async function* inflate(path: string, compression: Compression, limits: Limits): AsyncGenerator<Buffer> {
  const source = createReadStream(path);
  try {
    yield* decoders[compression](source, limits);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    throw new Refusal(`damaged ${compression} data: ${(error as Error).message}`);
  } finally {
    source.destroy();
  }
}

type Decoder = (source: ReadStream, limits: Limits) => AsyncIterable<Buffer>;

const decoders: Readonly<Record<Compression, Decoder>> = {
  none: (source, limits) => counted(source, source, limits),
  gz: (source, limits) => {
    const gunzip = createGunzip();
    source.on("error", (error) => gunzip.destroy(error));
    return counted(source.pipe(gunzip), source, limits);
  },
  xz: (source, limits) => counted(new xz.XzReadableStream(webStream(source)), source, limits),
  bz2: bunzip,
};

/** A stream as the xz decoder wants it: asked for piece by piece, so that it can be given up at any time. */
function webStream(source: ReadStream): ReadableStream<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const next = await chunks.next();
      if (next.done === true) controller.close();
      else controller.enqueue(new Uint8Array(next.value as Buffer));
    },
    async cancel() {
      await chunks.return?.();
    },
  });
}

async function* counted(chunks: AsyncIterable<Uint8Array>, source: ReadStream, limits: Limits): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    limits.consumed = source.bytesRead;
    limits.addBytes(chunk.length);
    yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
  }
}

const BLOCK = 65536;

/** Inflates in memory: the decoder is synchronous and has no limit of its own, so its output is counted here. */
async function* bunzip(source: ReadStream, limits: Limits): AsyncGenerator<Buffer> {
  const compressed: Buffer[] = [];
  for await (const chunk of source) compressed.push(chunk as Buffer);
  limits.consumed = source.bytesRead;
  const blocks: Buffer[] = [];
  let block = Buffer.allocUnsafe(BLOCK);
  let filled = 0;
  const output = new seekBzip.Stream();
  output.writeByte = (byte) => {
    block[filled++] = byte;
    if (filled < BLOCK) return;
    limits.addBytes(BLOCK);
    blocks.push(block);
    block = Buffer.allocUnsafe(BLOCK);
    filled = 0;
  };
  decodeBzip2(Buffer.concat(compressed), output);
  limits.addBytes(filled);
  yield* blocks;
  yield block.subarray(0, filled);
}
