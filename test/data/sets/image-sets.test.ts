import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { EXIT, UserError } from "../../../src/core/errors.js";
import type { Split, SplitName } from "../../../src/data/dataset.js";
import { openDomain } from "../../../src/data/domain.js";
import { datasets } from "../../../src/data/sets/index.js";
import { scratchFolder } from "../../support/folder.js";
import { cifarBytes, errorOf, idxBytes, store, uspsLine } from "../fixtures.js";
import { bytesElement, compressed, matElement, matFile, matMatrix, svhnFile } from "../formats/mat-fixtures.js";

const root = scratchFolder();
let roots = 0;
const fresh = (): string => join(root, String(roots++));
const split = (folder: string, id: string, name: SplitName): Promise<Split> => openDomain(id, { folder }).split(name);
const pixels = ({ images }: Split): Uint8Array => images as Uint8Array;
const fault = async (call: () => unknown): Promise<string> => {
  const error = await errorOf(call);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).exitCode).toBe(EXIT.data);
  return (error as UserError).message;
};
const gzippedImages = (count: number): Buffer =>
  gzipSync(
    idxBytes(
      8,
      [count, 28, 28],
      Uint8Array.from({ length: count * 784 }, (_unused, i) => i / 784),
    ),
  );

describe("kmnist and fashion-mnist", () => {
  const files = (train: number): Record<string, Uint8Array> => ({
    "train-images-idx3-ubyte.gz": gzippedImages(train),
    "train-labels-idx1-ubyte.gz": gzipSync(idxBytes(8, [20], new Uint8Array(20).fill(9))),
  });

  it.each(["kmnist", "fashion-mnist"])("%s: counts and opens a part, and only it", async (id) => {
    const folder = fresh();
    store(folder, id, files(20));
    expect(datasets[id]!.count!((name) => files(20)[name])).toEqual({ train: 20 });
    expect((await split(folder, id, "trainAll")).count).toBe(20);
    expect(openDomain(id, { folder })).toMatchObject({ dataTag: "partial", classes: 10 });
    expect(await fault(() => split(folder, id, "test"))).toContain("t10k-images-idx3-ubyte.gz");
  });

  it("refuses fewer images than labels, and a whole set with other counts", async () => {
    expect(await fault(() => datasets.kmnist!.count!((name) => files(7)[name]))).toMatch(
      /^kmnist: train-images-idx3-ubyte\.gz: shape 7x28x28\n.*bytes of shape 20x28x28/,
    );
    const folder = fresh();
    store(folder, "kmnist", files(20), { partial: false });
    expect(await fault(() => split(folder, "kmnist", "train"))).toMatch(
      /^kmnist train: 20 images\n {2}accepted: 60000 images \(manifest\)/,
    );
  });
});

describe("qmnist", () => {
  const table = (labels: readonly number[]): Buffer =>
    gzipSync(
      idxBytes(
        0x0c,
        [labels.length, 8],
        labels.flatMap((label) => [0, 0, 0, label, ...new Array<number>(28).fill(1)]),
      ),
    );
  const test = (count: number): Record<string, Uint8Array> => ({
    "qmnist-test-images-idx3-ubyte.gz": gzippedImages(count),
    "qmnist-test-labels-idx2-int.gz": table(Array.from({ length: count }, (_unused, i) => i % 10)),
  });

  it("takes the first column; its test split is whole, the first 10,000 or the others", async () => {
    const folder = fresh();
    store(folder, "qmnist", test(10_003));
    const [whole, first, others] = [
      await split(folder, "qmnist", "test"),
      await split(folder, "qmnist/test10k", "test"),
      await split(folder, "qmnist/test50k", "test"),
    ];
    expect([whole.count, first.count, others.count]).toEqual([10_003, 10_000, 3]);
    expect([...others.labels]).toEqual([0, 1, 2]);
    expect(Buffer.compare(pixels(others), pixels(whole).subarray(10_000 * 784))).toBe(0);
    expect(Buffer.compare(pixels(first), pixels(whole).subarray(0, 10_000 * 784))).toBe(0);
    const checksums = ["qmnist", "qmnist/test10k", "qmnist/test50k"].map((id) => openDomain(id, { folder }).checksum);
    expect(new Set(checksums).size).toBe(3);
  });

  it("has no last 50,000 where there are 10,000, and no images where there are only labels", async () => {
    const folder = fresh();
    store(folder, "qmnist", test(10_000));
    expect(await fault(() => split(folder, "qmnist/test50k", "test"))).toMatch(
      /^qmnist\/test50k test: 10000 images\n {2}accepted: more than 10000/,
    );
    const labels = fresh();
    store(labels, "qmnist", { "qmnist-train-labels-idx2-int.gz": table([1, 2]) });
    expect(await fault(() => split(labels, "qmnist", "train"))).toMatch(
      /qmnist-train-images-idx3-ubyte\.gz: not[^]*metamd data import qmnist PATH/,
    );
  });

  it.each<[string, number, Buffer, RegExp]>([
    ["a label of no class", 2, table([3, 10]), /label 10 at 1/],
    ["a negative label", 1, gzipSync(idxBytes(0x0c, [1, 8], new Uint8Array(32).fill(255))), /label -1 at 0/],
    ["labels as floats", 1, gzipSync(idxBytes(0x0d, [1, 8], new Uint8Array(32))), /a table of int32/],
    ["three dimensions", 1, gzipSync(idxBytes(8, [1, 1, 1], [1])), /a table of int32/],
    ["no columns", 1, gzipSync(idxBytes(0x0c, [1, 0], [])), /label -1 at 0/],
  ])("refuses %s", async (_name, count, labels, text) => {
    const files = {
      "qmnist-train-images-idx3-ubyte.gz": gzippedImages(count),
      "qmnist-train-labels-idx2-int.gz": labels,
    };
    expect(await fault(() => datasets.qmnist!.count!((name) => files[name as keyof typeof files]))).toMatch(text);
  });
});

describe("usps", () => {
  // Maker: Python 3.12's bz2, of `uspsLine(10, () => "-1") + uspsLine(3, () => ".5")`.
  const TRAIN =
    "QlpoOTFBWSZTWVWBgrYAAq/YAAAQQAN/8FAFfgAePXlVbq6MABTAABx/6VQ9T/yqgFVT/xTE/9SpRMJR+qqU0z9T0kEVP/1SUyb8qoaMneAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADvznAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAPuZmZmZm5AAAAAADrc3q9/n7/fZJkk3dkkkySSc5znOXOcHOc58qqr58rLu9G1k0NrJobWTQ2smhtZNDayaG1k0NrJobWTQ89N88888885+NCZmSSSSgD1oTMySTutf7Sl3e1kBlkBlkBlkBmYAAAAAAAABbRVU8XsutqqqFVXi9l1tVe6QAAAAAAAAAAAAd9eu99d73vef9UdrVVVZVXyqO1qpeAAAAAAAAAAA97Vd6p8Ku21VVVd1V8Ku21V7/aqq9+/sAAAAAaLuqqqqqqqr68++++39988DMzEkkkkk2Se5JOc5yW2z2AAAAAVVVVcmSTcnJGC7sSTckk3JwYL3ZJbZwAAAAAAu1VXJFQFWqqquKKgKtIAAAAAAXbbbbfIkm7skktttttvkSTd2SSWAAAAAAwbt5bbbb5Ek3dgSSSSST1Qu7CwHRoAeqAOlgODANh4DwGwwDgsB0oA9aABoAeqAOlgODANh4VQ6WA4MA2HgPAbDAOCwHSgD1qwHRoAeqAOlgODANh4DwGwwDgsB0oA9aABoAeqAOlgODANh4VQ6WA4MA2HgPAbDAOCwHSgD1r+F3JFOFCQVYGCtg==";

  it("opens at its own size and as a digit of 28x28", async () => {
    const folder = fresh();
    store(folder, "usps", { "usps.bz2": Buffer.from(TRAIN, "base64") });
    expect(openDomain("usps", { folder })).toMatchObject({ height: 16, channels: 1, dataTag: "partial" });
    const { count, labels } = await split(folder, "usps", "trainAll");
    expect([count, ...labels]).toEqual([2, 9, 2]);
    const frame = { size: 28, channels: 1, resample: "bilinear" } as const;
    const framed = await openDomain("usps", { folder, frame }).split("trainAll");
    expect(framed.shape).toEqual({ height: 28, width: 28, channels: 1 });
    expect(pixels(framed)).toEqual(Uint8Array.from({ length: 1568 }, (_unused, i) => (i < 784 ? 0 : 191)));
  });

  it("reads text that was not compressed, and refuses what is neither", async () => {
    const text = Buffer.from(uspsLine(1, () => "0"));
    expect(datasets.usps!.count!(() => text)).toEqual({ train: 1, test: 1 });
    const cut = Buffer.from(TRAIN, "base64").subarray(0, 100);
    expect(await fault(() => datasets.usps!.count!(() => cut))).toMatch(/^usps: usps\.bz2: broken bzip2 stream/);
    const other = Buffer.from("<html>");
    expect(await fault(() => datasets.usps!.count!(() => other))).toMatch(/^usps: usps\.bz2:1: label "<html>"/);
  });
});

describe("svhn", () => {
  const file = svhnFile([1, 10, 3], (h, w, c, n) => (h + 40 * w + 7 * c + 100 * n) % 256);
  const X = (count: number): Buffer =>
    compressed(
      matMatrix({ name: "X", shape: [32, 32, 3, count], numbers: matElement(2, new Uint8Array(3072 * count)) }),
    );
  const y = (labels: readonly number[], shape = [labels.length, 1]): Buffer =>
    compressed(matMatrix({ name: "y", shape, numbers: bytesElement(labels) }));

  it("turns columns into rows, and label 10 into digit 0", async () => {
    const folder = fresh();
    store(folder, "svhn", { "test_32x32.mat": file });
    const test = await split(folder, "svhn", "test");
    expect([...test.labels]).toEqual([1, 0, 3]);
    const at = (h: number, w: number, n: number): number[] => [
      ...pixels(test).subarray(3072 * n + 3 * (32 * h + w), 3072 * n + 3 * (32 * h + w) + 3),
    ];
    expect(at(0, 0, 0)).toEqual([0, 7, 14]);
    expect(at(0, 1, 0)).toEqual([40, 47, 54]);
    expect(at(1, 0, 0)).toEqual([1, 8, 15]);
    expect(at(31, 2, 2)).toEqual([311, 318, 325].map((value) => value % 256));
  });

  it.each<[string, Buffer, RegExp]>([
    ["no labels", matFile(X(1)), /y of shape nothing[^]*shape 1x1/],
    ["no images", matFile(y([1])), /X of shape nothing[^]*32x32x3xN/],
    ["fewer labels than images", matFile(X(2), y([1])), /y of shape 1x1[^]*shape 2x1/],
    ["labels in a row", matFile(X(2), y([1, 2], [1, 2])), /y of shape 1x2/],
    ["label 0", matFile(X(2), y([1, 0])), /label 0 at 1[^]*labels 1 to 10/],
    ["label 11", matFile(X(1), y([11])), /label 11 at 0/],
    [
      "grey images",
      matFile(matMatrix({ name: "X", shape: [32, 32, 1, 1], numbers: bytesElement(new Uint8Array(1024)) }), y([1])),
      /X of shape 32x32x1x1/,
    ],
    [
      "a single image without a fourth dimension",
      matFile(matMatrix({ name: "X", shape: [32, 32, 3], numbers: bytesElement(new Uint8Array(3072)) }), y([1])),
      /X of shape 32x32x3\n/,
    ],
    [
      "the labels of flowers",
      matFile(compressed(matMatrix({ name: "labels", shape: [1, 2], numbers: bytesElement([1, 2]) }))),
      /X of shape nothing/,
    ],
    ["another file", Buffer.alloc(200), /not a MAT file/],
  ])("refuses %s", async (_name, bytes, text) => {
    expect(await fault(() => datasets.svhn!.count!(() => bytes))).toMatch(text);
  });

  it("refuses the test file as train", async () => {
    const folder = fresh();
    store(folder, "svhn", { "train_32x32.mat": file, "test_32x32.mat": file }, { partial: false });
    expect(await fault(() => split(folder, "svhn", "train"))).toMatch(/^svhn train: 3 images\n.*73257/);
  });
});

describe("cifar10", () => {
  const batch = (labels: readonly number[]): Buffer => cifarBytes(labels, (y, x, c, n) => y + x + 60 * c + n);
  const path = (name: string): string => `cifar-10-batches-bin/${name}.bin`;

  it("joins the batches that a partial set has, in their order", async () => {
    const folder = fresh();
    const files = { [path("data_batch_3")]: batch([3, 4]), [path("data_batch_1")]: batch([9]) };
    store(folder, "cifar10", files, { unpacked: true });
    const train = await split(folder, "cifar10", "trainAll");
    expect([...train.labels]).toEqual([9, 3, 4]);
    expect(train.shape).toEqual({ height: 32, width: 32, channels: 3 });
    expect([...pixels(train).subarray(0, 6)]).toEqual([0, 60, 120, 1, 61, 121]);
    expect(datasets.cifar10!.count!((name) => files[name])).toEqual({ train: 3 });
    expect(await fault(() => split(folder, "cifar10", "test"))).toMatch(
      /^cifar10 test: 0 images\n {2}accepted: cifar-10-batches-bin\/test_batch\.bin\n {2}hint: metamd data import cifar10/,
    );
  });

  it("names the file that is damaged", async () => {
    const folder = fresh();
    store(folder, "cifar10", { [path("data_batch_1")]: batch([1]) }, { unpacked: true });
    writeFileSync(join(folder, "cifar10", "files", path("data_batch_2")), "half");
    expect(await fault(() => split(folder, "cifar10", "train"))).toMatch(
      /^cifar10: cifar-10-batches-bin\/data_batch_2\.bin: 4 bytes/,
    );
  });
});

describe("stl10", () => {
  const path = (name: string): string => `stl10_binary/${name}.bin`;
  const files = { [path("test_X")]: Buffer.alloc(2 * 27648, 5), [path("test_y")]: Buffer.of(10, 1) };

  it("opens at its own size and at 32x32, and counts", async () => {
    const folder = fresh();
    store(folder, "stl10", files, { unpacked: true });
    expect([...(await split(folder, "stl10", "test")).labels]).toEqual([9, 0]);
    const frame = { size: 32, channels: 3, resample: "bilinear" } as const;
    const framed = await openDomain("stl10", { folder, frame }).split("test");
    expect(pixels(framed)).toEqual(new Uint8Array(2 * 3072).fill(5));
    expect(datasets.stl10!.count!((name) => files[name])).toEqual({ test: 2 });
  });

  it("refuses images and labels of different splits", async () => {
    const swapped = { ...files, [path("test_y")]: Buffer.of(1) };
    expect(await fault(() => datasets.stl10!.count!((name) => swapped[name]))).toMatch(
      /^stl10: stl10_binary\/test_y\.bin: 1 labels\n {2}accepted: 2 labels/,
    );
  });
});

describe("count", () => {
  it("is empty where nothing is there", () => {
    for (const id of ["qmnist", "kmnist", "fashion-mnist", "usps", "svhn", "cifar10", "stl10"])
      expect(datasets[id]!.count!(() => undefined)).toEqual({});
  });
});
