import { copyFileSync, createReadStream, mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { extract } from "tar";
import xz from "xz-decompress";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../../src/core/hash.js";
import { normalisationOf } from "../../../src/data/batches/normalise.js";
import type { Frame } from "../../../src/data/dataset.js";
import type { Split, SplitName } from "../../../src/data/dataset.js";
import { openDomain, type Domain } from "../../../src/data/domain.js";
import { readIdx } from "../../../src/data/formats/idx.js";
import { readStlImages } from "../../../src/data/formats/stl-binary.js";
import { grey } from "../../../src/data/images/grey.js";
import { area, bilinear } from "../../../src/data/images/resize.js";
import { importDataset } from "../../../src/data/import/import.js";
import { filesFolder } from "../../../src/data/store/layout.js";
import { scratchFolder } from "../../support/folder.js";
import { realData } from "../../support/require.js";
import { resizingGolden, store } from "../fixtures.js";

const root = scratchFolder();
const golden = resizingGolden();
const start = (bytes: Uint8Array): string => sha256(bytes).slice(0, 16);
const pixels = ({ images }: Split): Uint8Array => images as Uint8Array;
const classCounts = ({ labels }: Split): number[] => {
  const counts = new Array<number>(10).fill(0);
  for (const label of labels) counts[label]!++;
  return counts;
};
const manifestOf = (folder: string): Record<string, Record<string, unknown>> =>
  JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as Record<string, Record<string, unknown>>;

/** Mean and deviation of a split, of every channel, to four decimals. */
const measured = async (domain: Domain, name: SplitName = "trainAll"): Promise<number[][]> => {
  const { mean, std } = await normalisationOf("meanstd", domain.channels, () => domain.split(name));
  return [mean, std].map((values) => values.map((value) => Number(value.toFixed(4))));
};

// Sources of counts: the data's own manifests. Of hashes, constants and first labels: datasets specification, 3 and 5.

const mnist = realData("MNIST");
describe.skipIf(mnist === undefined)("MNIST", () => {
  it("has the known mean and deviation", async () => {
    await importDataset(root, "mnist", [mnist!]);
    expect(await measured(openDomain("mnist", { folder: root }))).toEqual([[0.1307], [0.3081]]);
  });
});

const fashion = realData("FashionMNIST");
describe.skipIf(fashion === undefined)("Fashion-MNIST", () => {
  it("is whole: counts, classes, mean and deviation", async () => {
    expect(await importDataset(root, "fashion-mnist", [fashion!])).toMatchObject({
      state: "ready",
      counts: { train: 60_000, test: 10_000 },
      warnings: [],
    });
    const domain = openDomain("fashion-mnist", { folder: root });
    expect(domain.dataTag).toBe("real");
    const train = await domain.split("trainAll");
    expect([...train.labels.subarray(0, 10)]).toEqual([9, 0, 0, 3, 0, 2, 7, 2, 5, 5]);
    expect(classCounts(train)).toEqual(new Array(10).fill(6000));
    expect(classCounts(await domain.split("test"))).toEqual(new Array(10).fill(1000));
    expect(await measured(domain)).toEqual([[0.286], [0.353]]);
  });
});

const kmnist = realData("KMNIST");
describe.skipIf(kmnist === undefined)("KMNIST", () => {
  it("has 7,000 train images of the shared files, and the official test images", async () => {
    const given = join(root, "kmnist-given");
    mkdirSync(given);
    for (const [from, to] of [
      ["train-first7000-images-idx3-ubyte.gz", "train-images-idx3-ubyte.gz"],
      ["train-first7000-labels-idx1-ubyte.gz", "train-labels-idx1-ubyte.gz"],
      ["t10k-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte.gz"],
      ["t10k-labels-idx1-ubyte.gz", "t10k-labels-idx1-ubyte.gz"],
    ] as const)
      copyFileSync(join(kmnist!, from), join(given, to));
    expect(await importDataset(root, "kmnist", [given], { partial: true })).toMatchObject({
      state: "partial",
      counts: { train: 7000, test: 10_000 },
    });
    const domain = openDomain("kmnist", { folder: root });
    expect(classCounts(await domain.split("trainAll"))).toEqual(manifestOf(kmnist!).train_first7000_class_counts);
    expect(classCounts(await domain.split("test"))).toEqual(new Array(10).fill(1000));
    expect(await measured(domain)).toEqual([[0.1919], [0.3486]]);
  });
});

const qmnist = realData("QMNIST");
describe.skipIf(qmnist === undefined)("QMNIST", () => {
  it("has the official labels: first rows and class counts", () => {
    const tables = ["train", "test"].map((name) => {
      const file = `qmnist-${name}-labels-idx2-int.gz`;
      return readIdx(readFileSync(join(qmnist!, file)), file, 1_920_012);
    });
    for (const { shape } of tables) expect(shape).toEqual([60_000, 8]);
    expect([...tables[0]!.data.subarray(0, 8)]).toEqual([5, 4, 2154, 59, 35, 229421, 0, 0]);
    expect([...tables[1]!.data.subarray(0, 8)]).toEqual([7, 4, 2578, 69, 37, 279260, 0, 0]);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 60_000; i++) counts[tables[1]!.data[8 * i]!]!++;
    expect(counts).toEqual([5952, 6791, 6026, 6084, 5780, 5454, 5957, 6231, 5890, 5835]);
  });

  it("has labels only: opening says so", async () => {
    await importDataset(root, "qmnist", [qmnist!], { partial: true });
    await expect(openDomain("qmnist/test10k", { folder: root }).split("test")).rejects.toThrow(
      /qmnist-test-images-idx3-ubyte\.gz: not/,
    );
  });
});

const usps = realData("USPS");
describe.skipIf(usps === undefined)("USPS", () => {
  it("is whole, has the known bytes at 16x16 and 28x28, and the known mean and deviation", async () => {
    const counts = manifestOf(usps!).class_counts!;
    expect((await importDataset(root, "usps", [usps!], { partial: true })).counts).toEqual({ train: 7291, test: 2007 });
    const domain = openDomain("usps", { folder: root });
    const train = await domain.split("trainAll");
    expect(classCounts(train)).toEqual(counts.train);
    expect(classCounts(await domain.split("test"))).toEqual(counts.test);
    expect(start(pixels(train))).toBe("33806663a3c5b34e");
    const frame = { size: 28, channels: 1, resample: "bilinear" } as const;
    const digits = openDomain("usps", { folder: root, frame });
    expect(sha256(pixels(await digits.split("trainAll")))).toBe(golden.usps28);
    expect(await measured(digits)).toEqual([[0.2542], [0.3519]]);
  });
});

const cifar = realData("CIFAR10");
describe.skipIf(cifar === undefined)("CIFAR-10", () => {
  it("has the first 4,000 and 1,000 records with the known labels, pixels, constants and transforms", async () => {
    const archive = join(cifar!, "cifar-10-binary-first4000-1000.tar.gz");
    store(root, "cifar10", { [basename(archive)]: readFileSync(archive) });
    mkdirSync(filesFolder(root, "cifar10"), { recursive: true });
    await extract({ file: archive, cwd: filesFolder(root, "cifar10") });

    const domain = openDomain("cifar10", { folder: root });
    expect(domain.dataTag).toBe("partial");
    const counts = manifestOf(cifar!).class_counts!;
    const [train, test] = [await domain.split("trainAll"), await domain.split("test")];
    expect(classCounts(train)).toEqual(counts.train);
    expect(classCounts(test)).toEqual(counts.test);
    expect([...train.labels.subarray(0, 10)]).toEqual([6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
    expect([...test.labels.subarray(0, 10)]).toEqual([3, 8, 8, 0, 6, 6, 1, 6, 3, 1]);
    expect([...pixels(train).subarray(0, 3)]).toEqual([59, 62, 63]);
    expect([...pixels(test).subarray(0, 3)]).toEqual([158, 112, 49]);
    expect(await measured(domain)).toEqual([
      [0.4916, 0.4818, 0.4447],
      [0.2471, 0.244, 0.2625],
    ]);

    const luma = grey(pixels(test));
    expect(start(luma)).toBe("58da45cb977b0c0a");
    const from = { height: 32, width: 32, channels: 1 };
    expect(start(area(luma, from, { height: 28, width: 28 }))).toBe("9e200c2440c4726f");
    const inGrey = async (resample: Frame["resample"]): Promise<Uint8Array> =>
      pixels(await openDomain("cifar10", { folder: root, frame: { size: 28, channels: 1, resample } }).split("test"));
    expect(sha256(await inGrey("bilinear"))).toBe(golden.cifar10Grey28);
    expect(start(await inGrey("area"))).toBe("9e200c2440c4726f");
  });
});

const stl = realData("STL10");
describe.skipIf(stl === undefined)("STL-10", () => {
  it("reads 246 unlabelled images column by column and shrinks them to the known bytes", async () => {
    const file = createReadStream(join(stl!, "unlabeled_X.first246examples.bin.xz"));
    const stream = new xz.XzReadableStream(Readable.toWeb(file) as ReadableStream<Uint8Array>);
    const images = readStlImages(new Uint8Array(await new Response(stream).arrayBuffer()), "unlabeled_X.bin");
    expect(images.length).toBe(246 * 27648);
    const [from, to] = [
      { height: 96, width: 96, channels: 3 },
      { height: 32, width: 32 },
    ] as const;
    expect(sha256(bilinear(images, from, to))).toBe(golden.stl10To32);
    const small = area(images, from, to);
    // The hash is of planes, row by row.
    const planes = new Uint8Array(small.length);
    for (let i = 0; i < small.length; i++) {
      const [image, place] = [Math.floor(i / 3072), i % 3072];
      planes[image * 3072 + (place % 3) * 1024 + Math.floor(place / 3)] = small[i]!;
    }
    expect(start(planes)).toBe("53121bb5018d627d");
  });
});

describe("synthetic-digits", () => {
  it("has the known mean and deviation", async () => {
    const [mean, std] = await measured(openDomain("synthetic-digits", { folder: root }), "train");
    expect(mean).toEqual([0.121]);
    // The specification's .2244 lies between those of 10,000 and of 2,000 images.
    expect(std).toEqual([0.2243]);
  });
});
