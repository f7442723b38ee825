// Datasets on disk, as other rooms ask for them: where each stands, brought here, checked. What brings them is loaded then.
import type { FetchOptions, FetchReport } from "./fetch/fetch.js";
import type { ImportOptions, ImportReport } from "./import/import.js";

export type { FetchEvent } from "./fetch/settings.js";
export { everyStatus } from "./store/status.js";
export { faultsOf, verifyDatasets } from "./store/verify.js";

/** Takes a dataset over from files that are here. @param paths files or folders.
 *  @throws UserError (data) that lists every wrong or missing file; then nothing has changed. */
export async function importDataset(
  folder: string,
  id: string,
  paths: readonly string[],
  options: ImportOptions = {},
): Promise<ImportReport> {
  const { importDataset } = await import("./import/import.js");
  return importDataset(folder, id, paths, options);
}

/** Brings datasets here from their sources. One that fails does not stop the others.
 *  @throws UserError: (data) that lists what could not be had; (usage) an unknown id. Interrupted. */
export async function fetchDatasets(
  folder: string,
  ids: readonly string[],
  options: FetchOptions = {},
): Promise<FetchReport[]> {
  const { fetchDatasets } = await import("./fetch/fetch.js");
  return fetchDatasets(folder, ids, options);
}
