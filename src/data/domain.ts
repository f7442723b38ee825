import { EXIT, UserError } from "../core/errors.js";
import { contentId } from "../core/hash.js";
import { lookup } from "../core/registry.js";
import { normalisationOf, type Normalisation } from "./batches/normalise.js";
import { inSharedMemory } from "./batches/shared.js";
import type { DataOptions, DatasetEntry, DataTag, Part, Source, SplitName } from "./dataset.js";
import { fit } from "./images/fit.js";
import type { Shape } from "./images/shape.js";
import { transformed } from "./part.js";
import { datasets } from "./sets/index.js";
import { classOrders, draw, holdOut } from "./splits.js";

export type { DataOptions, DataTag, SplitName } from "./dataset.js";

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

/** A set of images that models are trained and tested on: one dataset, or one variant of it. */
export interface Domain extends Shape {
  readonly id: string;
  readonly classes: number;
  /** Changes with everything the images depend on: source files, transform, partition, limits. Known without pixels. */
  readonly checksum: string;
  readonly dataTag: DataTag;
  /** How often the test split was asked for; goes into records. */
  readonly testReads: number;
  /** Loads a split, once per process.
   *  Validation is the official one, else a stratified tenth of train. "trainAll" is train and validation together,
   *  each after its limit. Limits draw class-balanced; unlimited splits keep the order of the files.
   *  @throws UserError (data) when the files are incomplete or damaged. */
  split(name: SplitName): Promise<Split>;
  /** How bytes become numbers, measured on the train split where that is asked for. */
  normalisation(): Promise<Normalisation>;
}

const entries: Readonly<Record<string, DatasetEntry>> = Object.fromEntries(
  Object.values(datasets).flatMap((entry) => entry.domains.map((domain) => [domain, entry])),
);

/** The ids of all domains, in the order of the tables. */
export function domainIds(): readonly string[] {
  return Object.keys(entries);
}

/** Loaded splits by domain checksum and split name. */
const loaded = new Map<string, Promise<Split>>();

/** Opens a domain without reading its images.
 *  @param id one of `domainIds()`.
 *  @throws UserError: (usage) unknown id, no size given for photos; (data) missing files, with the command that gets them. */
export function openDomain(id: string, options: DataOptions): Domain {
  const source = lookup(entries, id, "domain", EXIT.usage).open(id, options);
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
      loaded.set(key, (split = join(id, shape, choose(source, name, options), framed)));
      split.catch(() => loaded.delete(key));
    }
    return split;
  };
  return {
    id,
    ...shape,
    classes,
    checksum,
    dataTag,
    get testReads() {
      return testReads;
    },
    split(name) {
      if (name === "test") testReads++;
      return load(name);
    },
    normalisation: () => normalisationOf(normalise ?? "none", shape.channels, () => load("train")),
  };
}

/** A view of a domain that opens only the named splits, so that a phase cannot read what it must not see.
 *  @throws Error from `split` on any other name. */
export function restrict(domain: Domain, allowed: readonly SplitName[]): Domain {
  return {
    ...domain,
    get testReads() {
      return domain.testReads;
    },
    async split(name) {
      if (!allowed.includes(name))
        throw new Error(`split ${name} of ${domain.id} is closed here; open: ${allowed.join(", ")}`);
      return domain.split(name);
    },
  };
}

function shapeOf(id: string, { shape }: Source, { frame }: DataOptions): Shape {
  if (frame !== undefined) return { height: frame.size, width: frame.size, channels: frame.channels };
  if (shape !== undefined) return { ...shape };
  throw new UserError(EXIT.usage, {
    where: `domain ${id}`,
    given: "no size for its images, which vary",
    accepted: "a size and a number of channels",
    remedy: "set suite.image to {size: 224, channels: 3}",
  });
}

/** Images of one part; no indices: all of them. */
interface Choice {
  readonly part: Part;
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

/** Loads what was chosen. @param framed brings images to their shape. */
async function join(
  id: string,
  shape: Shape,
  choices: readonly Choice[],
  framed: ((images: Uint8Array) => Uint8Array) | undefined,
): Promise<Split> {
  const labels = Uint16Array.from(
    choices.flatMap(({ part, indices }) => [...(indices?.map((i) => part.labels[i]!) ?? part.labels)]),
  );
  const images = choices.map(({ part, indices }) => {
    if ("photos" in part) throw new Error(`${id}: photos`);
    return (framed === undefined ? part : transformed(part, framed)).pixels(indices);
  });
  return { shape, labels, count: labels.length, images: inSharedMemory(images) };
}
