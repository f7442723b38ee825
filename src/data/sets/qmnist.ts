import { EXIT, UserError } from "../../core/errors.js";
import type { DatasetEntry, ImagePart } from "../dataset.js";
import { subset } from "../part.js";
import { importCommand } from "../store/store.js";
import { idxDataset } from "./idx-dataset.js";

const whole = idxDataset("qmnist", {
  train: ["qmnist-train-images-idx3-ubyte.gz", "qmnist-train-labels-idx2-int.gz"],
  test: ["qmnist-test-images-idx3-ubyte.gz", "qmnist-test-labels-idx2-int.gz"],
});

/** Test images that are those of MNIST, drawn anew; the others were lost before. */
const KNOWN = 10_000;
/** Which test images a domain has. */
const TESTS: Readonly<Record<string, readonly [first: number, end: number]>> = {
  qmnist: [0, Infinity],
  "qmnist/test10k": [0, KNOWN],
  "qmnist/test50k": [KNOWN, Infinity],
};

/** QMNIST, whose test split is the whole one, its first 10,000 images or the others. */
export const qmnist: DatasetEntry<ImagePart> = {
  ...whole,
  domains: Object.keys(TESTS),
  open(domain, options) {
    const source = whole.open("qmnist", options);
    const [first, end] = TESTS[domain]!;
    if (first === 0 && end === Infinity) return source;
    return {
      ...source,
      identity: { ...source.identity, test: domain },
      part(name) {
        const part = source.part(name);
        return name === "test" ? between(part, first, end, domain) : part;
      },
    };
  },
};

function between(part: ImagePart, first: number, end: number, domain: string): ImagePart {
  const count = Math.min(end, part.labels.length) - first;
  if (count <= 0)
    throw new UserError(EXIT.data, {
      where: `${domain} test`,
      given: `${part.labels.length} images`,
      accepted: `more than ${first}`,
      hint: importCommand("qmnist"),
    });
  return subset(
    part,
    Int32Array.from({ length: count }, (_unused, i) => first + i),
  );
}
