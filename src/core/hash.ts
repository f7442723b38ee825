import { createHash } from "node:crypto";
import { pieces } from "./large-file.js";

/** JSON with keys sorted at every level, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, held: unknown) =>
    held !== null && typeof held === "object" && !Array.isArray(held)
      ? Object.fromEntries(Object.entries(held).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : held,
  );
}

/** SHA-256 in lower-case hex. @param data whole, or part by part. */
export function sha256(data: string | Uint8Array | Iterable<Uint8Array>): string {
  const hash = createHash("sha256");
  if (typeof data === "string") return hash.update(data).digest("hex");
  for (const part of data instanceof Uint8Array ? [data] : data) for (const piece of pieces(part)) hash.update(piece);
  return hash.digest("hex");
}

/** A short content id: the first 16 hex digits of the SHA-256 of the canonical JSON. */
export function contentId(value: unknown): string {
  return sha256(canonicalJson(value)).slice(0, 16);
}
