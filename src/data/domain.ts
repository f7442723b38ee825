import { EXIT, UserError } from "../core/errors.js";
import { contentId } from "../core/hash.js";
import { printable } from "../core/printable.js";
import { lookup } from "../core/registry.js";
import { normalisationOf, type Normalisation } from "./batches/normalise.js";
import { inSharedMemory } from "./bytes.js";
import type {
  DataOptions,
  DatasetEntry,
  DataTag,
  ImagePart,
  Part,
  PartName,
  PhotoPart,
  Source,
  Split,
  SplitName,
  StoredImages,
} from "./dataset.js";
import { expectedImages } from "./expected-images.js";
import { fit } from "./images/fit.js";
import type { Shape } from "./images/shape.js";
import { transformed } from "./part.js";
import { cachedPhotos, type Wanted } from "./photos/cache.js";
import { decodingTime } from "./photos/decoding-time.js";
import { allDatasets } from "./sets/own.js";
import { classOrders, draw, holdOut } from "./splits.js";

/** A set of images that models are trained and tested on: one dataset, or one variant of it. */
export interface Domain extends Shape {
  readonly id: string;
  readonly classes: number;
  /** Changes with everything the images depend on: source files, transform, partition, limits. Known without pixels. */
  readonly checksum: string;
  readonly dataTag: DataTag;
  /** Whether its images are photos, which are decoded once for all processes and read from disk as they are needed. */
  readonly arePhotos: boolean;
  /** Milliseconds that decoding the photos of a split takes which were not decoded yet; 0 of other images. */
  decodingTime(name: SplitName): Promise<number>;
  /** Reads the files of a split, once per process; of photos only what they are. @throws UserError (data), as `split`. */
  readFiles(name: SplitName): void;
  /** How often the test split was asked for; goes into records. */
  readonly testReads: number;
  /** Loads a split, once per process.
   *  Validation is the official one, else a stratified tenth of train. "trainAll" is train and validation together,
   *  each after its limit. Limits draw class-balanced; unlimited splits keep the order of the files.
   *  @throws UserError (data) when the files are incomplete or damaged. */
  split(name: SplitName): Promise<Split>;
  /** How many images a split has, from its labels alone. @throws UserError (data), as `split`. */
  count(name: SplitName): number;
  /** The same by what is recorded of the files, which are not opened: for plans. Limits are counted; partitions and fewer
   *  classes are not. */
  expected(name: SplitName): number;
  /** As many as `count` says, of every class. */
  countByClass(name: SplitName): readonly number[];
  /** How bytes become numbers, measured on the train split where that is asked for. */
  normalisation(): Promise<Normalisation>;
}

/** The entry that opens each domain. */
function entries(folder?: string): Readonly<Record<string, DatasetEntry>> {
  return Object.fromEntries(
    Object.values(allDatasets(folder)).flatMap((entry) => entry.domains.map((domain) => [domain, entry])),
  );
}

/** The ids of all domains, in the order of the tables.
 *  @param folder of all datasets, for the user's own ones.
 *  @throws UserError (data) when its manifest is wrong. */
export function domainIds(folder?: string): readonly string[] {
  return Object.keys(entries(folder));
}

/** Loaded splits by domain checksum and split name. */
const loaded = new Map<string, Promise<Split>>();

/** Opens a domain without reading its images.
 *  @param id one of `domainIds()`.
 *  @throws UserError: (usage) unknown id, no size or another resampling than theirs given for photos; (data) missing files, with the command that gets them. */
export function openDomain(id: string, options: DataOptions): Domain {
  const source = lookup(entries(options.folder), id, "domain", EXIT.usage).open(id, options);
  const { dataTag, identity } = source;
  const { frame, normalise, trainImages, validationImages, testImages } = options;
  const shape = shapeOf(id, source, options);
  const framed = frame && source.shape && fit(source.shape, frame, id);
  const classes = Math.min(options.classes ?? source.classes, source.classes);
  const limits = { classes: options.classes, trainImages, validationImages, testImages };
  const checksum = contentId({
    ...identity,
    frame,
    normalise: normalise === "none" ? undefined : normalise,
    ...limits,
  });
  let testReads = 0;
  const load = async (name: SplitName): Promise<Split> => {
    const key = `${checksum}/${name}`;
    let split = loaded.get(key);
    if (split === undefined) {
      loaded.set(key, (split = join(shape, choose(source, name, options), framed, options)));
      split.catch(() => loaded.delete(key));
    }
    return split;
  };
  const awaited = new Map<SplitName, number>();
  const counted = new Map<SplitName, readonly number[]>();
  const countByClass = (name: SplitName): readonly number[] => {
    let counts = counted.get(name);
    if (counts === undefined) counted.set(name, (counts = countOf(choose(source, name, options), classes)));
    return counts;
  };
  return {
    id,
    ...shape,
    classes,
    checksum,
    dataTag,
    arePhotos: source.shape === undefined,
    get testReads() {
      return testReads;
    },
    split(name) {
      if (name === "test") testReads++;
      return load(name);
    },
    readFiles: (name) => partsOf(source, name).forEach((part) => void source.part(part)),
    decodingTime(name) {
      const photos = photosOf(choose(source, name, options));
      return photos === undefined ? Promise.resolve(0) : decodingTime(photos, options.frame!);
    },
    count: (name) => countByClass(name).reduce((sum, count) => sum + count, 0),
    expected(name) {
      let count = awaited.get(name);
      if (count === undefined) awaited.set(name, (count = expectedImages(id, name, options)));
      return count;
    },
    countByClass,
    normalisation: () => normalisationOf(normalise ?? "none", shape.channels, () => load("train")),
  };
}

/** A view of a domain that opens only the named splits, so that a phase cannot read what it must not see.
 *  @throws Error from `split`, `count` and `countByClass` on any other name. */
export function restrict(domain: Domain, allowed: readonly SplitName[]): Domain {
  const open = (name: SplitName): void => {
    if (!allowed.includes(name))
      throw new Error(`split ${name} of ${domain.id} is closed here; open: ${allowed.join(", ")}`);
  };
  return {
    ...domain,
    get testReads() {
      return domain.testReads;
    },
    async split(name) {
      open(name);
      return domain.split(name);
    },
    count(name) {
      open(name);
      return domain.count(name);
    },
    countByClass(name) {
      open(name);
      return domain.countByClass(name);
    },
  };
}

function shapeOf(id: string, { shape }: Source, { frame }: DataOptions): Shape {
  if (shape === undefined && frame?.resample === "area")
    throw new UserError(EXIT.usage, {
      where: `suite.image.resample for ${id}`,
      given: "area, but its images are photos",
      accepted: "bilinear",
      hint: "leave it out, or take the photos into an experiment of their own",
    });
  if (frame !== undefined) return { height: frame.size, width: frame.size, channels: frame.channels };
  if (shape !== undefined) return { ...shape };
  throw new UserError(EXIT.usage, {
    where: `domain ${id}`,
    given: "no size for its images, which vary",
    accepted: "a size and a number of channels",
    hint: "set suite.image to {size: 224, channels: 3}",
  });
}

/** Images of one part; no indices: all of them. */
interface Choice<P extends Part = Part> {
  readonly part: P;
  readonly indices?: Int32Array;
}

function choose(source: Source, name: SplitName, options: DataOptions): readonly Choice[] {
  const fewerClasses = options.classes !== undefined && options.classes < source.classes;
  if (name === "trainAll") {
    const limited = options.trainImages !== undefined || options.validationImages !== undefined || fewerClasses;
    if (!limited && !source.officialValidation) return [{ part: source.part("train") }];
    return [...choose(source, "train", options), ...choose(source, "validation", options)];
  }
  const limit = options[`${name}Images`];
  const orders = ({ labels }: Part): Int32Array[] =>
    classOrders(labels, source.classes).slice(0, options.classes ?? source.classes);
  if (name === "test" || source.officialValidation) {
    const part = source.part(name);
    const all = !fewerClasses && (limit === undefined || limit >= part.labels.length);
    return [all ? { part } : { part, indices: draw(orders(part), limit) }];
  }
  const part = source.part("train");
  return [{ part, indices: draw(holdOut(orders(part))[name], limit) }];
}

/** The official parts that a split is of. */
function partsOf({ officialValidation }: Source, name: SplitName): PartName[] {
  if (name === "test") return ["test"];
  if (!officialValidation) return ["train"];
  return name === "trainAll" ? ["train", "validation"] : [name];
}

/** Loads what was chosen. @param framed brings decoded images to their shape. */
async function join(
  shape: Shape,
  choices: readonly Choice[],
  framed: ((images: Uint8Array) => Uint8Array) | undefined,
  options: DataOptions,
): Promise<Split> {
  const labels = Uint16Array.from(choices.flatMap(({ part, indices }) => chosen(part.labels, indices)));
  const split = { shape, labels, count: labels.length };
  const photos = photosOf(choices);
  if (photos !== undefined) return { ...split, images: await loadPhotos(photos, options) };
  const images = (choices as readonly Choice<ImagePart>[]).map(({ part, indices }) =>
    (framed === undefined ? part : transformed(part, framed)).pixels(indices),
  );
  return { ...split, images: inSharedMemory(images) };
}

function countOf(choices: readonly Choice[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const { part, indices } of choices) for (const label of chosen(part.labels, indices)) counts[label]!++;
  return counts;
}

const chosen = <Value>(values: ArrayLike<Value>, indices: Int32Array | undefined): Value[] =>
  indices === undefined ? Array.from(values) : Array.from(indices, (i) => values[i]!);

/** The photos that were chosen; undefined where the images are none. */
function photosOf(choices: readonly Choice[]): Wanted | undefined {
  const photos = choices.filter((choice): choice is Choice<PhotoPart> => "photos" in choice.part);
  if (photos.length === 0) return undefined;
  const { files, cache } = photos[0]!.part;
  return { files, cache, photos: photos.flatMap(({ part, indices }) => chosen(part.photos, indices)) };
}

/** Decodes the photos that the cache does not hold yet. */
function loadPhotos(photos: Wanted, options: DataOptions): Promise<StoredImages> {
  const { say = (text: string): void => void process.stderr.write(`${printable(text)}\n`), onDecoded } = options;
  return cachedPhotos(photos, options.frame!, { say, onDecoded });
}
