import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { timestamp } from "../../core/clock.js";
import { EXIT, UserError } from "../../core/errors.js";
import { writeAtomic } from "../../core/files.js";
import type { ManifestDataset } from "../manifest.js";

type Accepted = Record<string, { readonly licence: string; readonly accepted: string }>;

const path = (root: string): string => join(root, "licences.json");

function read(root: string): Accepted {
  if (!existsSync(path(root))) return {};
  try {
    return JSON.parse(readFileSync(path(root), "utf8")) as Accepted;
  } catch (error) {
    const fault = { where: path(root), given: "unreadable", hint: "delete it and accept the licences again" };
    throw new UserError(EXIT.data, fault, { cause: error });
  }
}

/** Demands that a restrictive licence was accepted, now or before; an acceptance is stored with its time.
 *  @param accepts ids of the datasets whose licences are accepted now.
 *  @throws UserError (data) that shows the terms. */
export function requireLicence(root: string, described: ManifestDataset, accepts: readonly string[]): void {
  const { id, licence } = described;
  if (!licence.nonCommercial && !licence.personalImages) return;
  const stored = read(root);
  if (stored[id]?.licence === licence.name) return;
  if (accepts.includes(id)) {
    const accepted = { licence: licence.name, accepted: timestamp() };
    writeAtomic(path(root), `${JSON.stringify({ ...stored, [id]: accepted }, null, 2)}\n`);
    return;
  }
  const terms = licence.url === undefined ? licence.name : `${licence.name} (${licence.url})`;
  const personal = licence.personalImages ? "; its images show real people: never print, plot or publish them" : "";
  throw new UserError(EXIT.data, {
    where: id,
    given: `its licence has not been accepted: ${terms}${personal}`,
    hint: `read it, then add --accept-licence ${id} once`,
  });
}
