import type { DatasetEntry, ImagePart, PartName, Source } from "../dataset.js";
import { pooled, subset, transformed } from "../part.js";
import { ANGLES, rotate } from "../images/rotate.js";
import { domainbed, everyNth, type Partition } from "../splits.js";
import { mnist } from "./mnist.js";

/** MNIST turned by the angle in the domain's id; which images a domain shows is the option `partition`. */
export const rotatedMnist: DatasetEntry<ImagePart> = {
  domains: ANGLES.map((angle) => `rotated-mnist/${angle}`),
  open(domain, options) {
    const source = mnist.open("mnist", options);
    const k = rotatedMnist.domains.indexOf(domain);
    const partition = options.partition ?? "shared";
    return {
      ...source,
      identity: { ...source.identity, rotation: ANGLES[k], partition, domain: k },
      part(name) {
        const part = PARTS[partition](source, name, k);
        return k === 0 ? part : transformed(part, (images) => rotate(images, k));
      },
    };
  },
};

const PARTS: Readonly<Record<Partition, (source: Source<ImagePart>, name: PartName, k: number) => ImagePart>> = {
  shared: (source, name) => source.part(name),
  strict: (source, name, k) => {
    const part = source.part(name);
    return subset(part, everyNth(part.labels.length, k, ANGLES.length));
  },
  domainbed: (source, name, k) => {
    const all = pooled(source.part("train"), source.part("test"));
    return subset(all, domainbed(all.labels.length, k, ANGLES.length)[name === "test" ? "test" : "train"]);
  },
};
