import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { dirname } from "node:path";
import { writeAtomic, makeFolders } from "../../core/files.js";
import { hasChecksum, type ManifestFile } from "../manifest.js";
import { Fingerprinter, type Fingerprint } from "../store/checksum.js";
import { originPath, removePart } from "../store/layout.js";
import { explainFullDisk } from "../store/space.js";
import { errorText, request, TransferFailure } from "./request.js";
import type { NetSettings } from "./settings.js";

export interface TransferOptions {
  readonly net: NetSettings;
  readonly signal?: AbortSignal | undefined;
  /** Take the file from its first byte, whatever is here of it. */
  readonly fromStart: boolean;
  readonly onBegin: (from: number, total: number | undefined) => void;
  readonly onBytes: (at: number, total: number | undefined) => void;
}

/** A transfer that has come to its end; whether the bytes are the right ones is not judged yet. */
export interface Transferred {
  readonly found: Fingerprint;
  /** Whether the beginning was here before. */
  readonly resumed: boolean;
}

/** Where a partial file came from, for `If-Range`: its rest must belong to the same version. */
interface Origin {
  readonly url: string;
  readonly validator?: string;
}

/** One try to bring a file to `part`: what is there is hashed again, the rest asked for, everything hashed on its way.
 *  @throws TransferFailure; what has come so far stays in `part`. */
export async function transfer(
  url: string,
  part: string,
  file: ManifestFile,
  options: TransferOptions,
): Promise<Transferred> {
  makeFolders(dirname(part));
  const origin = readOrigin(part);
  const tooLong = (statSync(part, { throwIfNoEntry: false })?.size ?? 0) > longest(file);
  if (options.fromStart || tooLong || !canResume(url, file, origin)) removePart(part);
  const here = statSync(part, { throwIfNoEntry: false })?.size ?? 0;
  const hasher = new Fingerprinter(file);
  if (here > 0) for await (const chunk of createReadStream(part)) hasher.update(chunk as Buffer);
  if (here > 0 && here === file.bytes) return { found: hasher.digest(), resumed: true };

  const validator = origin?.url === url ? origin.validator : undefined;
  const headers = {
    "accept-encoding": "identity",
    "user-agent": "metamd",
    ...(here > 0 && { range: `bytes=${here}-` }),
    ...(here > 0 && validator !== undefined && { "if-range": validator }),
  };
  const { net, signal } = options;
  const answer = await request(url, { headers, plainHttp: hasChecksum(file), signal }, net);
  try {
    const start = begin(answer, here, file);
    if (start === "whole") return { found: hasher.digest(), resumed: true };
    if (start === 0) removePart(part);
    const from = start === 0 ? new Fingerprinter(file) : hasher;
    writeAtomic(originPath(part), JSON.stringify({ url, ...validatorOf(answer) }));
    await receive(answer, part, start, file, from, options);
    return { found: from.digest(), resumed: start > 0 };
  } finally {
    answer.destroy();
  }
}

/** Lengths that a file may come in: the listed one, and that of its contents, which some servers inflate. None: not known. */
const lengths = ({ bytes, inflated }: ManifestFile): readonly number[] =>
  bytes === undefined ? [] : [bytes, ...(inflated === undefined ? [] : [inflated.bytes])];

const longest = (file: ManifestFile): number => Math.max(...lengths(file), file.bytes ?? file.maxBytes);

/** The bytes of another mirror may only be gone on with where a checksum judges the whole. */
function canResume(url: string, file: ManifestFile, origin: Origin | undefined): boolean {
  return hasChecksum(file) || (origin?.url === url && origin.validator !== undefined);
}

function readOrigin(part: string): Origin | undefined {
  if (!existsSync(part) || !existsSync(originPath(part))) return undefined;
  try {
    return JSON.parse(readFileSync(originPath(part), "utf8")) as Origin;
  } catch {
    return undefined;
  }
}

/** A strong entity tag, else the date of the last change. */
function validatorOf({ headers }: IncomingMessage): { validator?: string } {
  const { etag } = headers;
  const validator = etag !== undefined && !etag.startsWith("W/") ? etag : headers["last-modified"];
  return validator === undefined ? {} : { validator };
}

/** At which byte an answer begins; "whole" when nothing is missing. @throws TransferFailure. */
function begin(answer: IncomingMessage, here: number, file: ManifestFile): number | "whole" {
  const { headers, statusCode } = answer;
  if (/^\s*(text\/html|application\/xhtml)/i.test(headers["content-type"] ?? ""))
    throw new TransferFailure("next", "a web page instead of the file");
  const [, first, , total] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(headers["content-range"] ?? "") ?? [];
  if (statusCode === 416) {
    if (here > 0 && Number(total) === here) return "whole";
    throw new RangeFailure(`no bytes after ${here} (${headers["content-range"] ?? "without Content-Range"})`);
  }
  if (statusCode === 206) {
    const rightTotal = total === "*" || file.bytes === undefined || lengths(file).includes(Number(total));
    if (here === 0 || Number(first) !== here || !rightTotal)
      throw new RangeFailure(`bytes from ${here} asked for, Content-Range is ${headers["content-range"] ?? "absent"}`);
    return here;
  }
  const length = headers["content-length"];
  if (length !== undefined && file.bytes !== undefined && !lengths(file).includes(Number(length)))
    throw new TransferFailure("next", `${length} bytes announced, ${file.bytes} are due`);
  return 0;
}

/** An answer to a range that cannot be used: the next try begins at the first byte. */
export class RangeFailure extends TransferFailure {
  constructor(message: string) {
    super("retry", message);
  }
}

async function receive(
  answer: IncomingMessage,
  part: string,
  start: number,
  file: ManifestFile,
  hasher: Fingerprinter,
  { signal, onBegin, onBytes }: TransferOptions,
): Promise<void> {
  const announced = answer.headers["content-length"];
  const total = announced === undefined ? file.bytes : start + Number(announced);
  const limit = longest(file);
  onBegin(start, total);
  const out = await open(part, start === 0 ? "w" : "r+");
  let at = start;
  try {
    for await (const chunk of bytesOf(answer)) {
      if (at + chunk.length > limit) throw new TransferFailure("next", `more than the ${limit} bytes that are due`);
      if (at === 0 && /^\s*<(!doctype\s+html|html)/i.test(chunk.toString("latin1", 0, 64)))
        throw new TransferFailure("next", "a web page instead of the file");
      await write(out, chunk, at, part);
      hasher.update(chunk);
      at += chunk.length;
      onBytes(at, total);
    }
    await out.sync();
  } catch (error) {
    if (signal?.aborted === true) await out.sync();
    throw error;
  } finally {
    await out.close();
  }
  if (total !== undefined && at < total)
    throw new TransferFailure("retry", `the connection was cut after ${at} of ${total} bytes`);
}

async function* bytesOf(answer: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of answer) yield chunk as Buffer;
  } catch (error) {
    throw new TransferFailure("retry", errorText(error));
  }
}

async function write(out: FileHandle, chunk: Buffer, at: number, part: string): Promise<void> {
  try {
    for (let done = 0; done < chunk.length;)
      done += (await out.write(chunk, done, chunk.length - done, at + done)).bytesWritten;
  } catch (error) {
    throw explainFullDisk(error, part);
  }
}
