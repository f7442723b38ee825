import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { pipeline } from "node:stream/promises";

const ALGORITHMS = ["sha256", "sha1", "md5"] as const;
type Algorithm = (typeof ALGORITHMS)[number];

interface Inflated {
  readonly bytes: number;
  readonly sha256: string;
}

/** What is demanded of a file; absent: not known. */
export interface Listed extends Partial<Record<Algorithm, string>> {
  readonly bytes?: number | undefined;
  /** What the file is after inflation: another compression, or none, of the same contents is accepted too. */
  readonly inflated?: Inflated | undefined;
}

/** What a file is: its length, its SHA-256 and every other checksum that was asked for. */
export interface Fingerprint extends Partial<Record<Algorithm, string>> {
  readonly bytes: number;
  readonly sha256: string;
  readonly inflated?: Inflated;
}

/** Collects a fingerprint while bytes pass by. @param listed which checksums to compute besides SHA-256. */
export class Fingerprinter {
  private bytes = 0;
  private readonly hashes: readonly (readonly [Algorithm, Hash])[];
  constructor(listed: Listed = {}) {
    this.hashes = ALGORITHMS.filter((name) => name === "sha256" || listed[name] !== undefined).map((name) => [
      name,
      createHash(name),
    ]);
  }
  update(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    for (const [, hash] of this.hashes) hash.update(chunk);
  }
  digest(): Fingerprint {
    const sums = Object.fromEntries(this.hashes.map(([name, hash]) => [name, hash.digest("hex")]));
    return { bytes: this.bytes, ...(sums as { sha256: string }) };
  }
}

/** Reads a file through and fingerprints it. */
export async function fingerprint(path: string, listed: Listed = {}): Promise<Fingerprint> {
  const fingerprinter = new Fingerprinter(listed);
  for await (const chunk of createReadStream(path)) fingerprinter.update(chunk as Buffer);
  return withInflated(path, fingerprinter.digest(), listed);
}

/** Adds what the file is after inflation, where that is listed and the file is not the listed one as it is: gzip or already
 *  inflated, told by its bytes. */
export async function withInflated(path: string, found: Fingerprint, listed: Listed): Promise<Fingerprint> {
  if (listed.inflated === undefined || (listed.sha256 !== undefined && listed.sha256 === found.sha256)) return found;
  if (!(await isGzip(path))) return { ...found, inflated: { bytes: found.bytes, sha256: found.sha256 } };
  const limit = listed.inflated.bytes;
  const inside = new Fingerprinter();
  let bytes = 0;
  try {
    await pipeline(createReadStream(path), createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        if (bytes > limit) throw new Error("longer than listed");
        inside.update(chunk);
      }
    });
  } catch {
    return found;
  }
  const { sha256 } = inside.digest();
  return { ...found, inflated: { bytes, sha256 } };
}

async function isGzip(path: string): Promise<boolean> {
  for await (const chunk of createReadStream(path, { end: 1 }))
    return (chunk as Buffer)[0] === 0x1f && (chunk as Buffer)[1] === 0x8b;
  return false;
}

/** Whether a file is the listed one: right length, and the strongest listed checksum agrees; or it is the same inflated.
 *  A file without a listed checksum is never accepted. */
export function isListed(found: Fingerprint, listed: Listed): boolean {
  if (isListedInflated(found, listed)) return true;
  if (listed.bytes !== undefined && listed.bytes !== found.bytes) return false;
  const strongest = ALGORITHMS.find((name) => listed[name] !== undefined);
  return strongest !== undefined && listed[strongest] === found[strongest];
}

const isListedInflated = (found: Fingerprint, { inflated }: Listed): boolean =>
  inflated !== undefined && found.inflated?.sha256 === inflated.sha256 && found.inflated.bytes === inflated.bytes;

/** The SHA-256 that names a file's contents: the listed one, also where the file is the same inflated. */
export const contentSum = (found: Fingerprint, listed: Listed): string =>
  listed.sha256 !== undefined && isListedInflated(found, listed) ? listed.sha256 : found.sha256;

/** The weaker listed checksums that disagree with an accepted file, in words. */
export function disagreements(found: Fingerprint, listed: Listed): string[] {
  if (found.sha256 !== listed.sha256 && isListedInflated(found, listed)) return [];
  return ALGORITHMS.filter((name) => listed[name] !== undefined && found[name] !== listed[name]).map(
    (name) => `${name} given ${found[name]}, listed ${listed[name]}`,
  );
}

/** A fingerprint in words: "sha256 440f…, 9912422 bytes". @param like what it is compared with, by the same checksum. */
export function fingerprintText({ bytes, inflated, ...sums }: Listed, like: Listed = {}): string {
  const common = ALGORITHMS.find((algorithm) => sums[algorithm] !== undefined && like[algorithm] !== undefined);
  const name = common ?? ALGORITHMS.find((algorithm) => sums[algorithm] !== undefined);
  const parts = [name && `${name} ${sums[name]}`, bytes === undefined ? undefined : `${bytes} bytes`];
  // Where the file's own checksum is demanded, that of its contents explains nothing.
  if (inflated !== undefined && (name === undefined || (like.inflated !== undefined && like.sha256 === undefined)))
    parts.push(`inflated sha256 ${inflated.sha256}, ${inflated.bytes} bytes`);
  return parts.filter((part) => part !== undefined).join(", ");
}
