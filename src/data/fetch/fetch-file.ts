import { closeSync, fsyncSync, openSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { EXIT, Interrupted, UserError, type Fault } from "../../core/errors.js";
import { hasChecksum, type ManifestFile } from "../manifest.js";
import { fingerprintText, isListed, withInflated, type Fingerprint } from "../store/checksum.js";
import { partPath, rawPath, removePart } from "../store/layout.js";
import { importCommand } from "../store/store.js";
import { demanded, trust } from "../store/sums.js";
import { TransferFailure } from "./request.js";
import type { FetchEvent, NetSettings } from "./settings.js";
import { RangeFailure, transfer } from "./transfer.js";

export interface FetchFileOptions {
  readonly net: NetSettings;
  readonly signal?: AbortSignal | undefined;
  /** Take a file without a checksum as it is, and demand the same bytes ever after. */
  readonly trustOnFirstUse: boolean;
  readonly onEvent: (event: FetchEvent) => void;
}

/** Brings one official file to its place in `raw`: mirrors in order, several tries each, the checksum before it is used.
 *  @returns what it is.
 *  @throws UserError (data) with the reason of every mirror; Interrupted, what has come so far stays. */
export async function fetchFile(
  root: string,
  id: string,
  listed: ManifestFile,
  options: FetchFileOptions,
): Promise<Fingerprint> {
  const file = demanded(root, id, listed);
  if (!hasChecksum(file) && !options.trustOnFirstUse)
    throw new UserError(EXIT.data, {
      where: `${id}: ${file.name}`,
      given: "no checksum is known",
      hint: "--trust-on-first-use accepts it and requires the same bytes from then on",
    });
  const failures: Fault[] = [];
  for (const url of file.urls) {
    const found = await fromMirror(root, id, file, url, options, failures);
    if (found === undefined) continue;
    if (!hasChecksum(file)) trust(root, id, file.name, found.sha256);
    options.onEvent({ id, event: "stored", name: file.name, bytes: found.bytes, sha256: found.sha256 });
    return found;
  }
  const source = file.checksumFrom === undefined ? "manifest" : `manifest, from ${file.checksumFrom}`;
  throw new UserError(EXIT.data, [
    {
      where: `${id}: ${file.name}`,
      given: file.urls.length === 0 ? "no address is known" : "no mirror gave it",
      accepted: `${fingerprintText(file)} (${source})`,
      hint: `try again later, or get the file elsewhere and ${importCommand(id)}`,
    },
    ...failures,
  ]);
}

/** All tries of one mirror. @param failures gets the reason when the mirror is given up. */
async function fromMirror(
  root: string,
  id: string,
  file: ManifestFile,
  url: string,
  options: FetchFileOptions,
  failures: Fault[],
): Promise<Fingerprint | undefined> {
  const { net, signal, onEvent } = options;
  const { name } = file;
  const part = partPath(root, id, name);
  const giveUp = (reason: string): undefined => {
    failures.push({ where: url, given: reason });
    onEvent({ id, event: "mirror-failed", name, url, reason });
  };
  let fromStart = false;
  for (let attempt = 1; ; attempt++) {
    if (isAborted(signal)) throw new Interrupted();
    try {
      const { found, resumed } = await transfer(url, part, file, {
        net,
        signal,
        fromStart,
        onBegin: (from, total) => onEvent({ id, event: "begin", name, url, from, total }),
        onBytes: (at, total) => onEvent({ id, event: "bytes", name, at, total }),
      });
      const judged = await withInflated(part, found, file);
      if (!hasChecksum(file) || isListed(judged, file)) {
        store(root, id, name, part);
        return judged;
      }
      const reason = setAside(root, id, file, part, judged);
      // A beginning from an earlier try may be what was wrong.
      if (!resumed || attempt === net.tries) return giveUp(reason);
      fromStart = true;
      onEvent({ id, event: "retry", name, url, reason, waitSeconds: 0 });
    } catch (error) {
      if (isAborted(signal)) throw new Interrupted();
      if (!(error instanceof TransferFailure)) throw error;
      if (error.kind === "next" || attempt === net.tries)
        return giveUp(attempt === 1 ? error.message : `${error.message} (try ${attempt} of ${net.tries})`);
      fromStart = error instanceof RangeFailure;
      const seconds = waitSeconds(net, attempt, error.retryAfterSeconds);
      onEvent({ id, event: "retry", name, url, reason: error.message, waitSeconds: seconds });
      await net.sleep(seconds * 1000, signal).catch(() => undefined);
    }
  }
}

const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

function waitSeconds(net: NetSettings, attempt: number, asked: number | undefined): number {
  if (asked !== undefined) return Math.min(asked, net.maxRetryAfterSeconds);
  return net.firstWaitSeconds * 2 ** (attempt - 1) * (0.8 + 0.4 * net.jitter());
}

function store(root: string, id: string, name: string, part: string): void {
  const target = rawPath(root, id, name);
  renameSync(part, target);
  removePart(part);
  syncFolder(dirname(target));
}

/** Makes a rename last; some systems cannot open a folder, and need not. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Keeps a wrong file where it can be looked at. @returns what was wrong, in words. */
function setAside(root: string, id: string, file: ManifestFile, part: string, found: Fingerprint): string {
  const bad = `${rawPath(root, id, file.name)}.bad-${found.sha256.slice(0, 8)}`;
  renameSync(part, bad);
  removePart(part);
  return `other bytes: ${fingerprintText(foundAs(file, found), file)}; kept as ${bad}`;
}

/** A wrong file by the checksum that is demanded. */
function foundAs({ sha256, inflated }: ManifestFile, found: Fingerprint): Partial<Fingerprint> {
  const { bytes, sha1, md5 } = found;
  if (sha256 !== undefined || inflated !== undefined) return found;
  return { bytes, ...(sha1 !== undefined ? { sha1 } : md5 !== undefined && { md5 }) };
}
