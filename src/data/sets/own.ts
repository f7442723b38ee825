import type { DatasetEntry } from "../dataset.js";
import { loadManifest } from "../manifest.js";
import { classFolders } from "../photos/class-folders.js";
import { photoDataset } from "../photos/photo-dataset.js";
import { datasets } from "./index.js";

/** The datasets of the table and, after them, the user's own folders of images by class.
 *  @param folder of all datasets, whose manifest.yaml describes the user's own; without one, only the table.
 *  @throws UserError (data) when that file is wrong. */
export function allDatasets(folder?: string): Readonly<Record<string, DatasetEntry>> {
  if (folder === undefined) return datasets;
  const shipped = loadManifest();
  const own = Object.keys(loadManifest(folder)).filter((id) => !Object.hasOwn(shipped, id));
  return { ...datasets, ...Object.fromEntries(own.map((id) => [id, ownDataset(id)])) };
}

const ownDataset = (id: string): DatasetEntry =>
  photoDataset(id, (tree, described, _options, partial) => ({ lists: classFolders(tree, described, partial) }));
