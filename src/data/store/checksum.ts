import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";

const ALGORITHMS = ["sha256", "sha1", "md5"] as const;
type Algorithm = (typeof ALGORITHMS)[number];

/** What is demanded of a file; absent: not known. */
export interface Listed extends Partial<Record<Algorithm, string>> {
  readonly bytes?: number | undefined;
}

/** What a file is: its length, its SHA-256 and every other checksum that was asked for. */
export interface Fingerprint extends Partial<Record<Algorithm, string>> {
  readonly bytes: number;
  readonly sha256: string;
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
  return fingerprinter.digest();
}

/** Whether a file is the listed one: right length, and the strongest listed checksum agrees.
 *  A file without a listed checksum is never accepted. */
export function isListed(found: Fingerprint, listed: Listed): boolean {
  if (listed.bytes !== undefined && listed.bytes !== found.bytes) return false;
  const strongest = ALGORITHMS.find((name) => listed[name] !== undefined);
  return strongest !== undefined && listed[strongest] === found[strongest];
}

/** The weaker listed checksums that disagree with an accepted file, in words. */
export function disagreements(found: Fingerprint, listed: Listed): string[] {
  return ALGORITHMS.filter((name) => listed[name] !== undefined && found[name] !== listed[name]).map(
    (name) => `${name} given ${found[name]}, listed ${listed[name]}`,
  );
}

/** A fingerprint in words: "sha256 440f…, 9912422 bytes". */
export function inWords({ bytes, ...sums }: Listed): string {
  const name = ALGORITHMS.find((algorithm) => sums[algorithm] !== undefined);
  const parts = [name && `${name} ${sums[name]}`, bytes === undefined ? undefined : `${bytes} bytes`];
  return parts.filter((part) => part !== undefined).join(", ");
}
