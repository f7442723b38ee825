import { EXIT } from "../core/errors.js";
import { contentId } from "../core/hash.js";
import { lookup } from "../core/registry.js";
import type { DataOptions, DatasetEntry, DataTag, Part, Source, SplitName } from "./dataset.js";
import { concatenate } from "./part.js";
import { datasets } from "./sets/index.js";
import { classOrders, draw, holdOut } from "./splits.js";

export type { DataOptions, DataTag, SplitName } from "./dataset.js";

/** Decoded images and their classes. */
export interface Split {
  /** count·height·width·channels bytes, row-major. */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly count: number;
}

/** A set of images that models are trained and tested on: one dataset, or one variant of it. */
export interface Domain {
  readonly id: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
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
  split(name: SplitName): Split;
}

const entries: Readonly<Record<string, DatasetEntry>> = Object.fromEntries(
  Object.values(datasets).flatMap((entry) => entry.domains.map((domain) => [domain, entry])),
);

/** The ids of all domains, in the order of the tables. */
export function domainIds(): readonly string[] {
  return Object.keys(entries);
}

/** Loaded splits by domain checksum and split name. */
const loaded = new Map<string, Split>();

/** Opens a domain without reading its images.
 *  @param id one of `domainIds()`.
 *  @throws UserError: (usage) unknown id; (data) missing files, with the command that imports them. */
export function openDomain(id: string, options: DataOptions): Domain {
  const source = lookup(entries, id, "domain", EXIT.usage).open(id, options);
  const { height, width, channels, classes, dataTag, identity } = source;
  const { trainImages, validationImages, testImages } = options;
  const checksum = contentId({ ...identity, trainImages, validationImages, testImages });
  let testReads = 0;
  return {
    id,
    height,
    width,
    channels,
    classes,
    checksum,
    dataTag,
    get testReads() {
      return testReads;
    },
    split(name) {
      if (name === "test") testReads++;
      const key = `${checksum}/${name}`;
      let split = loaded.get(key);
      if (split === undefined) loaded.set(key, (split = load(choose(source, name, options))));
      return split;
    },
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
    split(name) {
      if (!allowed.includes(name))
        throw new Error(`split ${name} of ${domain.id} is closed here; open: ${allowed.join(", ")}`);
      return domain.split(name);
    },
  };
}

/** Images of one part; no indices: all of them. */
interface Choice {
  readonly part: Part;
  readonly indices?: Int32Array;
}

function choose(source: Source, name: SplitName, options: DataOptions): readonly Choice[] {
  if (name === "trainAll") {
    const limited = options.trainImages !== undefined || options.validationImages !== undefined;
    if (!limited && !source.officialValidation) return [{ part: source.part("train") }];
    return [...choose(source, "train", options), ...choose(source, "validation", options)];
  }
  const limit = options[`${name}Images`];
  if (name === "test" || source.officialValidation) {
    const part = source.part(name);
    const all = limit === undefined || limit >= part.labels.length;
    return [all ? { part } : { part, indices: draw(classOrders(part.labels, source.classes), limit) }];
  }
  const part = source.part("train");
  return [{ part, indices: draw(holdOut(classOrders(part.labels, source.classes))[name], limit) }];
}

function load(choices: readonly Choice[]): Split {
  const labels = concatenate(
    choices.map(({ part, indices }) =>
      indices === undefined ? part.labels : Uint8Array.from(indices, (i) => part.labels[i]!),
    ),
  );
  const images = concatenate(choices.map(({ part, indices }) => part.pixels(indices)));
  return { images, labels, count: labels.length };
}
