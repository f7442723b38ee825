import { describeDataset, loadManifest, type ManifestDataset } from "../manifest.js";
import { isListed } from "./checksum.js";
import { awaitsUnpacking, damagedFiles, readState, type StoredState } from "./store.js";

type DatasetState = "absent" | "partial" | "fetched" | "ready" | "corrupt" | "embedded";

/** One line of `metamd data list`. */
export interface DatasetStatus {
  readonly id: string;
  readonly title: string;
  /** Embedded: drawn by the program, no files. Fetched: all files here, not extracted. Of a derived set: the state of
   *  its source. */
  readonly state: DatasetState;
  readonly source?: string;
  /** Images per split: as stored, else as the manifest says. */
  readonly counts: Readonly<Record<string, number>>;
  /** Bytes of the official files that are not here whole, without those whose length is unknown. */
  readonly bytesNeeded: number;
  /** Official files that are not here whole and whose length is unknown. */
  readonly unknownLength: readonly string[];
  readonly licence: string;
  /** Where people get a set that cannot be fetched. */
  readonly importFrom?: string;
}

/** Where every dataset stands, in the manifests' order. @throws UserError (data) on a wrong manifest or record. */
export const everyStatus = (root: string): DatasetStatus[] =>
  Object.keys(loadManifest(root)).map((id) => datasetStatus(root, id));

/** Where a dataset stands, judged by records and file lengths; `verify` reads the bytes.
 *  @throws UserError (usage) on an unknown id. */
export function datasetStatus(root: string, id: string): DatasetStatus {
  const described = describeDataset(id, root);
  const { title, licence, splits, importOnly, page } = described;
  const common = { id, title, licence: licence.name };
  if (described.format === "synthetic")
    return { ...common, state: "embedded", counts: splits, bytesNeeded: 0, unknownLength: [] };
  if (described.derivedFrom !== undefined) {
    const source = datasetStatus(root, described.derivedFrom);
    const { state, counts, bytesNeeded, unknownLength } = source;
    return { ...common, state, source: source.id, counts, bytesNeeded, unknownLength };
  }
  const state = readState(root, id);
  const needed = neededFiles(described, state, state === undefined ? [] : damagedFiles(root, state));
  return {
    ...common,
    state: stateOf(root, described, state),
    counts: state === undefined || (!state.partial && Object.keys(state.counts).length === 0) ? splits : state.counts,
    bytesNeeded: needed.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
    unknownLength: needed.filter(({ bytes }) => bytes === undefined).map(({ name }) => name),
    ...(importOnly && page !== undefined && { importFrom: page }),
  };
}

function stateOf(root: string, described: ManifestDataset, state: StoredState | undefined): DatasetState {
  if (state === undefined) return "absent";
  if (damagedFiles(root, state).length > 0) return "corrupt";
  if (state.partial) return "partial";
  return awaitsUnpacking(described, state) ? "fetched" : "ready";
}

/** Official files that are not here whole; of a set that is here otherwise (an extracted folder that was checked), none. */
function neededFiles(
  { files }: ManifestDataset,
  state: StoredState | undefined,
  damaged: readonly string[],
): ManifestDataset["files"] {
  if (state?.partial === false && damaged.length === 0) return [];
  return files.filter((file) => {
    const found = state?.files[file.name];
    return found === undefined || damaged.includes(file.name) || !isListed(found, file);
  });
}
