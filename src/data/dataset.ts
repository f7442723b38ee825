import type { Partition } from "./splits.js";

export type PartName = "train" | "validation" | "test";
/** "train" is without validation; "trainAll" is both together, for the final runs. */
export type SplitName = PartName | "trainAll";

/** Where the data lie and how much of it a run sees. */
export interface DataOptions {
  /** Folder of all datasets: `<folder>/<id>/{raw,state.json}`. */
  readonly folder: string;
  /** Which images a rotated MNIST domain shows; default shared. */
  readonly partition?: Partition;
  /** At most so many images of a split, class-balanced; absent: all. Drawn sets have exactly so many. */
  readonly trainImages?: number;
  readonly validationImages?: number;
  readonly testImages?: number;
}

/** Real: official bytes; synthetic: drawn; partial: real, but not the whole official set. */
export type DataTag = "real" | "synthetic" | "partial";

/** The images of one official split, decoded only when asked for. */
export interface Part {
  readonly labels: Uint8Array;
  /** Row-major bytes of the images of these indices, in their order; of all when none are given. */
  pixels(indices?: Int32Array): Uint8Array;
}

/** One domain as its files or its generator give it, before validation is cut off and limits are applied. */
export interface Source {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly classes: number;
  readonly dataTag: DataTag;
  /** Everything the bytes depend on: checksums of the files, generator, transform. */
  readonly identity: Readonly<Record<string, unknown>>;
  readonly officialValidation: boolean;
  /** Opens the files of one split and no other's. @throws UserError (data). */
  part(name: PartName): Part;
}

/** What one dataset's file says: its domains and how one is opened. */
export interface DatasetEntry {
  /** Ids of its domains: the dataset's own id, or `id/variant`. */
  readonly domains: readonly string[];
  /** Finds the domain's files without reading them. @throws UserError (data) that names the missing ones. */
  open(domain: string, options: DataOptions): Source;
  /** Decodes freshly imported files and counts the images per split; absent where there are no files.
   *  @param read gives a file's bytes, undefined when it was not given. @throws UserError (data). */
  count?(read: (name: string) => Uint8Array | undefined): Partial<Record<PartName, number>>;
}
