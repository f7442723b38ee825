import type { Shape } from "./images/shape.js";
import type { Partition } from "./splits.js";

export type PartName = "train" | "validation" | "test";
/** "train" is without validation; "trainAll" is both together, for the final runs. */
export type SplitName = PartName | "trainAll";

/** Decoded images in a file, which are read when they are needed. */
export interface StoredImages {
  readonly path: string;
  /** Where each image begins, in images from the beginning of the file. */
  readonly places: Int32Array;
}

/** Decoded images and their classes. */
export interface Split {
  /** Of every image. */
  readonly shape: Shape;
  /** count·height·width·channels bytes, row-major, or where they lie on disk. */
  readonly images: Uint8Array | StoredImages;
  readonly labels: Uint16Array;
  readonly count: number;
}

/** How images of a larger or smaller size are brought to the one that is asked for. */
export const RESAMPLINGS = ["bilinear", "area"] as const;
type Resampling = (typeof RESAMPLINGS)[number];

/** What every image of a suite is turned into. */
export interface Frame {
  /** Height and width. */
  readonly size: number;
  readonly channels: 1 | 3;
  /** How decoded images are made smaller; photos, whose aspect is ignored, only bilinearly. */
  readonly resample: Resampling;
}

/** none: x/255. meanstd: (x/255 − mean)/std by channel, of the domain's own train split. imagenet: with ImageNet's. */
export const NORMALISATIONS = ["none", "meanstd", "imagenet"] as const;
export type NormalisationKind = (typeof NORMALISATIONS)[number];

/** Random changes of training images. */
export interface Augmentation {
  /** Zeros around an image before a crop of its size is taken at random. */
  readonly crop: number;
  /** Whether an image is mirrored left to right half of the time. */
  readonly flip: boolean;
}

/** Ways in which photo datasets can be taken. */
export const PETS_SPLITS = ["official", "paper-counts"] as const;
export const CALTECH_TRAIN = [50, 60] as const;
export interface PhotoOptions {
  /** Caltech-256: training images of a class; with 60, those for validation are among them. Default 50. */
  readonly caltechTrain?: (typeof CALTECH_TRAIN)[number];
  /** Pets: official lists (default), or all images shuffled and cut so that there are as many as in the paper. */
  readonly petsSplit?: (typeof PETS_SPLITS)[number];
  /** Aircraft: whether the copyright banner is cut off. Default true. */
  readonly cropBanner?: boolean;
}

/** Where the data lie and how much of it a run sees. */
export interface DataOptions {
  /** Folder of all datasets: `<folder>/<id>/{raw,files,state.json}`. */
  readonly folder: string;
  /** Which images a rotated MNIST domain shows; default shared. */
  readonly partition?: Partition;
  /** Absent: images as the dataset has them, which then are all of one size. */
  readonly frame?: Frame | undefined;
  /** Default none. */
  readonly normalise?: NormalisationKind;
  readonly photos?: PhotoOptions;
  /** The first so many classes; absent: all. */
  readonly classes?: number;
  /** At most so many images of a split, class-balanced; absent: all. Drawn sets have exactly so many. */
  readonly trainImages?: number;
  readonly validationImages?: number;
  readonly testImages?: number;
  /** Told when photos are decoded: how many of how many. */
  readonly onDecoded?: (done: number, total: number) => void;
  /** Takes notices for people about long work; default: on stderr. */
  readonly say?: (text: string) => void;
}

/** Real: official bytes; synthetic: drawn; partial: real, but not the whole official set. */
export type DataTag = "real" | "synthetic" | "partial";

/** What data from several sets are together: drawn if any is, else partial if any is. */
export const leastTag = (tags: readonly DataTag[]): DataTag =>
  (["synthetic", "partial"] as const).find((tag) => tags.includes(tag)) ?? "real";

/** Decoded images of one official split. */
export interface ImagePart {
  /** Class of every image. */
  readonly labels: Uint16Array;
  /** Row-major bytes of the images of these indices, in their order; of all when none are given. */
  pixels(indices?: Int32Array): Uint8Array;
}

/** A photo in a file of its own. */
export interface Photo {
  /** Below the dataset's extracted files, with `/`. */
  readonly path: string;
  /** Rows that are cut off at the bottom before anything else. */
  readonly cropBottom?: number;
  /** Of the file as it was imported; absent: not known. */
  readonly sha256?: string | undefined;
}

/** Photos of one official split, of any size, decoded into the cache when they are needed. */
export interface PhotoPart {
  readonly labels: Uint16Array;
  /** Of every image. */
  readonly photos: readonly Photo[];
  /** Folder of the dataset's extracted files. */
  readonly files: string;
  /** Where decoded photos are kept, and the checksum of what they are decoded from. */
  readonly cache: { readonly folder: string; readonly source: string };
}

export type Part = ImagePart | PhotoPart;

/** One domain as its files or its generator give it, before validation is cut off and limits are applied. */
export interface Source<P extends Part = Part> {
  /** Shape of the images; absent: photos of varying sizes. */
  readonly shape?: Shape;
  readonly classes: number;
  readonly dataTag: DataTag;
  /** Everything the bytes depend on: checksums of the files, generator, transform. */
  readonly identity: Readonly<Record<string, unknown>>;
  readonly officialValidation: boolean;
  /** Opens the files of one split and no other's. Images of a class lie in the order that splits are drawn from: of
   *  photos, by name. @throws UserError (data). */
  part(name: PartName): P;
}

/** What a file reader of `src/data/formats` gives: classes from 0 on, row-major pixels. */
export interface DecodedImages {
  readonly labels: Uint8Array;
  readonly pixels: Uint8Array;
}

/** Splits of the official files of sets of equally large images. */
export type OfficialSplit = "train" | "test";

/** What one dataset's file says: its domains and how one is opened. */
export interface DatasetEntry<P extends Part = Part> {
  /** Ids of its domains: the dataset's own id, or `id/variant`. */
  readonly domains: readonly string[];
  /** Finds the domain's files without reading them. @throws UserError (data) that names the missing ones. */
  open(domain: string, options: DataOptions): Source<P>;
  /** The official files' contents that say these images, uncompressed, by file name or by path among the extracted files:
   *  for images that come in another form. */
  encode?(split: OfficialSplit, images: DecodedImages): Record<string, Uint8Array>;
  /** Decodes fresh files and counts the images per split; absent where there are no files.
   *  @param read gives a file's bytes by its name, or by its path among the extracted files; they may be changed.
   *  Undefined when it is not there. @param files folder of the extracted files, absent where nothing is extracted.
   *  @throws UserError (data). */
  count?(read: (name: string) => Uint8Array | undefined, files?: string): Partial<Record<PartName, number>>;
}
