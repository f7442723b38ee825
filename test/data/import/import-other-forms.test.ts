import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT, type UserError } from "../../../src/core/errors.js";
import { sha256 } from "../../../src/core/hash.js";
import { openDomain } from "../../../src/data/domain.js";
import { idxOfBytes } from "../../../src/data/formats/idx.js";
import { describeDataset, type ManifestDataset } from "../../../src/data/manifest.js";
import { datasets } from "../../../src/data/sets/index.js";
import { Fingerprinter } from "../../../src/data/store/checksum.js";
import { gather, type GatherOptions } from "../../../src/data/import/gather.js";
import { importDataset, type ImportOptions } from "../../../src/data/import/import.js";
import { filesFolder } from "../../../src/data/store/layout.js";
import { datasetStatus } from "../../../src/data/store/status.js";
import { TreeWriter } from "../../../src/data/import/unpack/tree-writer.js";
import { verifyDatasets } from "../../../src/data/store/verify.js";
import { errorOf } from "../fixtures.js";
import { classesOf, drawn } from "../other-forms.js";
import { scratchFolder } from "../../support/folder.js";

const scratch = scratchFolder();
let numbered = 0;
const fresh = (): string => {
  const folder = join(scratch, String(numbered++));
  mkdirSync(folder);
  return folder;
};
const fixture = (name: string): string => new URL(`../../fixtures/other-forms/${name}`, import.meta.url).pathname;
const md5 = (bytes: Uint8Array): string => {
  const fingerprinter = new Fingerprinter({ md5: "" });
  fingerprinter.update(bytes);
  return fingerprinter.digest().md5!;
};

/** A folder of fixtures by the names that they get. */
function folderOf(names: Readonly<Record<string, string>>): string {
  const folder = fresh();
  for (const [name, from] of Object.entries(names)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    copyFileSync(fixture(from), join(folder, name));
  }
  return folder;
}

const [TRAIN, TEST] = [["train-00000-of-00002.parquet", "train-00001-of-00002.parquet"], "test-00000-of-00001.parquet"];
const mnistTables = (): string => folderOf(Object.fromEntries([...TRAIN, TEST].map((name) => [`mnist/${name}`, name])));

async function refused(id: string, path: string, options: ImportOptions = {}): Promise<UserError> {
  const error = (await errorOf(() => importDataset(fresh(), id, [path], options))) as UserError;
  expect(error.exitCode, String(error.stack)).toBe(EXIT.data);
  return error;
}

async function imagesOf(root: string, id: string, split: "trainAll" | "test"): Promise<[labels: number[], Uint8Array]> {
  const { images, labels } = await openDomain(id, { folder: root }).split(split);
  return [[...labels], images as Uint8Array];
}

const plainly: GatherOptions = { as: [], partial: false, trust: false, trustImages: false, onFile: () => undefined };

describe("parquet files, as Hugging Face has them", () => {
  it.each([
    ["beside each other", [...TRAIN, TEST]],
    ["in folders of their splits", ["train/0000.parquet", "train/0001.parquet", "test/0000.parquet"]],
  ])("are MNIST, pixel by pixel, %s", async (_name, names) => {
    const from = [...TRAIN, TEST];
    const folder = folderOf(Object.fromEntries(names.map((name, i) => [name, from[i]!])));
    const root = fresh();
    const report = await importDataset(root, "mnist", [folder], { partial: true });
    expect(report).toMatchObject({ state: "partial", counts: { train: 12, test: 4 }, missing: [], warnings: [] });
    const [labels, images] = await imagesOf(root, "mnist", "test");
    expect(labels).toEqual([2, 3, 4, 5]);
    expect(Buffer.from(images).equals(Buffer.from(drawn(12, 4, 28, 1)))).toBe(true);
    const [, train] = await imagesOf(root, "mnist", "trainAll");
    expect(train.length).toBe(12 * 784);
  });

  it("are the official set when its files' contents have the listed checksums", async () => {
    const contents = [
      idxOfBytes([12, 28, 28], drawn(0, 12, 28, 1)),
      idxOfBytes([12], classesOf(0, 12)),
      idxOfBytes([4, 28, 28], drawn(12, 4, 28, 1)),
      idxOfBytes([4], classesOf(12, 4)),
    ];
    const mnist = describeDataset("mnist");
    const small: ManifestDataset = {
      ...mnist,
      files: mnist.files.map((file, i) => ({
        ...file,
        inflated: { bytes: contents[i]!.length, sha256: sha256(contents[i]!) },
      })),
    };
    const found = await gather(fresh(), small, [mnistTables()], plainly);
    expect(found.open).toEqual([]);
    expect(found.staged.map(({ name, official }) => [name, official])).toEqual(
      mnist.files.map(({ name }) => [name, true]),
    );
  });

  it("with other images are refused with both checksums, and leave nothing", async () => {
    const folder = mnistTables();
    const error = await refused("mnist", folder);
    expect(error.faults.length).toBe(4);
    expect(error.faults[0]).toEqual({
      where: join(folder, "mnist"),
      given: `images of parquet files as train-images-idx3-ubyte.gz: sha256 ${sha256(idxOfBytes([12, 28, 28], drawn(0, 12, 28, 1)))}, 9424 bytes`,
      accepted: "sha256 ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      hint: "give the official files, or --partial to mark the dataset partial",
    });
    const root = fresh();
    await errorOf(() => importDataset(root, "mnist", [folder]));
    expect(readdirSync(root, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())).toEqual([]);
  });

  it("may be trusted where no checksum of the images is known, and then the same are demanded", async () => {
    const train = idxOfBytes([12, 28, 28], drawn(0, 12, 28, 1));
    const kmnist = describeDataset("kmnist");
    const files = kmnist.files.filter(({ name }) => name === "train-images-idx3-ubyte.gz");
    const found = await gather(fresh(), { ...kmnist, files }, [mnistTables()], { ...plainly, trustImages: true });
    expect(found.staged[0]).toMatchObject({ official: true, found: { sha256: sha256(train) } });
    const none = await gather(fresh(), { ...kmnist, files }, [mnistTables()], plainly);
    expect(none.open[0]!.fault).toMatchObject({
      accepted: "images whose checksum is known",
      hint: expect.stringContaining(
        "--trust-on-first-use takes them and demands the same from then on; or give ",
      ) as string,
    });
  });

  it("of colours become files of CIFAR-10, SVHN and STL-10 that are read as the same", async () => {
    const folder = folderOf({ "plain_text/test.parquet": "colour-test.parquet" });
    for (const id of ["cifar10", "svhn"]) {
      const root = fresh();
      expect(await importDataset(root, id, [folder], { partial: true })).toMatchObject({ counts: { test: 3 } });
      const [labels, images] = await imagesOf(root, id, "test");
      expect([id, labels]).toEqual([id, [0, 1, 2]]);
      expect(Buffer.from(images).equals(Buffer.from(drawn(0, 3, 32, 3))), id).toBe(true);
      expect((await verifyDatasets(root, [id])).map(({ state }) => state)).toEqual(["ok"]);
    }
    expect((await refused("cifar10", folder)).message).toMatch(/images of parquet files, which cannot be checked/);
    expect((await refused("stl10", folder, { partial: true })).message).toMatch(/image \d: 32x32 pixels[^]*96x96/);
  });

  it("are refused for other columns, two sets at once, an unknown compression and damage, saying why", async () => {
    const two = folderOf({ "a/test.parquet": TEST, "b/test.parquet": TEST });
    expect((await refused("mnist", two)).message).toMatch(/parquet files in \S+\/a, \S+\/b[^]*one set in one folder/);
    const packed = folderOf({ "test.parquet": "zstd-test.parquet" });
    expect((await refused("mnist", packed)).message).toMatch(/unsupported compression codec: ZSTD[^]*Snappy/);
    const torn = fresh();
    writeFileSync(join(torn, "test.parquet"), readFileSync(fixture(TEST)).subarray(0, 1000));
    expect((await refused("mnist", torn)).message).toMatch(/test\.parquet: cannot be read[^]*a whole parquet file/);
    expect((await refused("qmnist", mnistTables())).message).toContain("qmnist-train-images-idx3-ubyte.gz: not found");
  });
});

describe("CIFAR-10's Python version", () => {
  const batches = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"];
  const folder = (names = batches): string =>
    folderOf(Object.fromEntries(names.map((name) => [`cifar-10-batches-py/${name}`, "pickle"])));

  it("is the official set when all of its files have the listed checksums", async () => {
    const cifar = describeDataset("cifar10");
    const sum = md5(readFileSync(fixture("pickle")));
    const listed = (files: readonly { path: string }[]) => files.map(({ path }) => ({ path, md5: sum }));
    const { train, test } = cifar.pickles!;
    const small: ManifestDataset = { ...cifar, pickles: { train: listed(train), test: listed(test) } };
    const found = await gather(fresh(), small, [folder()], plainly);
    expect([found.open, found.extracted!.judged().known]).toEqual([[], true]);
    expect(found.extracted).toMatchObject({ what: "pickles", files: 2 });
  });

  it("is taken as a part with other bytes, and read as the images that it holds", async () => {
    const root = fresh();
    const report = await importDataset(root, "cifar10", [folder()], { partial: true });
    expect(report).toMatchObject({ state: "partial", counts: { train: 15, test: 3 } });
    const [labels, images] = await imagesOf(root, "cifar10", "test");
    expect(labels).toEqual([0, 1, 2]);
    expect(Buffer.from(images).equals(Buffer.from(drawn(0, 3, 32, 3)))).toBe(true);
    expect(datasetStatus(root, "cifar10").state).toBe("partial");
  });

  it("is refused otherwise, naming what is wrong or missing", async () => {
    const error = await refused("cifar10", folder(["data_batch_1", "test_batch"]));
    expect(error.faults.map(({ given }) => given.replace(/[0-9a-f]{32}/, "…"))).toEqual([
      "md5 …",
      "not found",
      "not found",
      "not found",
      "not found",
      "md5 …",
    ]);
    expect(error.faults[0]!.accepted).toBe("md5 c99cafc152244af753f735de768cd75f (manifest, the Python version)");
  });

  it("that would run code is refused, and nothing of it is stored", async () => {
    const bad = fresh();
    writeFileSync(join(bad, "test_batch"), Buffer.from("\x80\x02cos\nsystem\nU\x0btouch /tmp/x\x85R.", "latin1"));
    const root = fresh();
    const error = await errorOf(() => importDataset(root, "cifar10", [bad], { partial: true }));
    expect((error as UserError).message).toContain("test_batch: the name os system, which would run code");
    expect(existsSync(filesFolder(root, "cifar10"))).toBe(false);
  });

  it("goes away with move, once it is stored", async () => {
    const given = folder();
    await importDataset(fresh(), "cifar10", [given], { partial: true, move: true });
    expect(readdirSync(join(given, "cifar-10-batches-py"))).toEqual([]);
  });
});

describe("files of other programs that are not read", () => {
  it.each([
    ["mnist", "mnist.npz", "NumPy's .npz, which is not read"],
    ["mnist", "mnist-train.arrow", "an Arrow file, which is not read"],
    ["usps", "usps.h5", "an HDF5 file, which is not read"],
    ["cifar10", "cifar10-train.tfrecord-00000-of-00001", "a TFRecord file, which is not read"],
    ["cifar10", "cifar-10-python.tar.gz", "an archive of pickles"],
  ])("of %s, %s, are named with what to do", async (id, name, given) => {
    const folder = fresh();
    writeFileSync(join(folder, name), "");
    const { where, given: said, hint } = (await refused(id, folder)).faults.at(-1)!;
    expect([where, said]).toEqual([join(folder, name), given]);
    expect(hint).toMatch(/docs\/datasets\.md|extract it/);
  });
});

describe("the folder that torchvision leaves of STL-10", () => {
  it("is the official set when its files have the listed checksums", async () => {
    const images = drawn(0, 2, 96, 3);
    const contents = datasets.stl10!.encode!("train", { labels: classesOf(0, 2), pixels: images });
    const given = fresh();
    mkdirSync(join(given, "stl10_binary"));
    for (const [path, bytes] of Object.entries(contents)) writeFileSync(join(given, path), bytes);
    const root = fresh();
    await importDataset(root, "stl10", [given], { partial: true });
    const [labels, read] = await imagesOf(root, "stl10", "trainAll");
    expect(labels).toEqual([0, 1]);
    expect(Buffer.from(read).equals(Buffer.from(images))).toBe(true);

    const stl = describeDataset("stl10");
    const extracted = Object.entries(contents).map(([path, bytes]) => ({ path, md5: md5(bytes) }));
    const judged = async (listed: typeof extracted) => {
      const found = await gather(fresh(), { ...stl, extracted: listed }, [given], plainly);
      await found.extracted!.fill(new TreeWriter(join(fresh(), "files")));
      return found.extracted!.judged();
    };
    expect(await judged(extracted)).toEqual({ known: true, faults: [] });
    const other = await judged([
      { ...extracted[0]!, md5: "0".repeat(32) },
      { path: "stl10_binary/no", md5: "" },
    ]);
    expect([other.known, other.faults.map(({ given: text }) => text)]).toEqual([
      false,
      [`md5 ${extracted[0]!.md5}`, "not found"],
    ]);
    expect((await refused("stl10", given)).message).toContain("accepted: md5 918c2871b30a85fa023e0c44e0bee87f");
  });
});

describe("sets whose files say more than they must", () => {
  it("USPS as text reads as every byte it was written from", () => {
    const pixels = Uint8Array.from({ length: 512 }, (_unused, i) => i & 255);
    const text = datasets.usps!.encode!("train", { labels: Uint8Array.of(0, 9), pixels });
    expect(Object.keys(text)).toEqual(["usps.bz2"]);
    expect(datasets.usps!.count!((name) => text[name])).toEqual({ train: 2 });
  });
});
