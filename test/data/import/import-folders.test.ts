import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { EXIT, UserError } from "../../../src/core/errors.js";
import { importDataset, type ImportOptions } from "../../../src/data/import/import.js";
import { datasetStatus } from "../../../src/data/store/status.js";
import { filesFolder } from "../../../src/data/store/layout.js";
import { readState, requireState } from "../../../src/data/store/store.js";
import { pathsBelow } from "../../../src/data/store/tree.js";
import { verifyDatasets } from "../../../src/data/store/verify.js";
import {
  archiveEntry,
  classArchive,
  classFiles,
  sha256,
  writeClassFolders,
  writeOwnManifest,
} from "../../support/class-folders.js";
import { realData } from "../../support/require.js";
import { errorOf } from "../fixtures.js";
import { scratchFolder } from "../../support/folder.js";

const folder = scratchFolder();
const fresh = (name: string): string => join(folder, name);

async function dataError(call: () => unknown): Promise<UserError> {
  const error = await errorOf(call);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).exitCode).toBe(EXIT.data);
  return error as UserError;
}

describe("import of a user's own folder", () => {
  it("takes class folders, leaves out what is no image, and records a tree that is verified", async () => {
    const root = fresh("own");
    writeOwnManifest(root, "pets-of-mine", 2);
    const given = writeClassFolders(fresh("given"), ["cat", "dog"], 7);
    writeFileSync(join(given, "README.txt"), "hello");
    writeFileSync(join(given, "cat", ".hidden.jpg"), "hidden");
    const report = await importDataset(root, "pets-of-mine", [given]);
    expect(report).toMatchObject({ state: "ready", counts: { train: 12, test: 2 }, extracted: 14, missing: [] });
    expect(report.warnings).toEqual(["2 files that are not images, or hidden, were left out"]);
    expect(pathsBelow(filesFolder(root, "pets-of-mine")).length).toBe(14);
    expect(requireState(root, "pets-of-mine").tree!.files).toBe(14);
    expect(datasetStatus(root, "pets-of-mine")).toMatchObject({ state: "ready", bytesNeeded: 0 });
    writeFileSync(join(filesFolder(root, "pets-of-mine"), "cat", "0.jpg"), "changed");
    expect((await verifyDatasets(root, ["pets-of-mine"]))[0]).toMatchObject({
      name: "files/cat/0.jpg",
      state: "different",
    });
    await importDataset(root, "pets-of-mine", [given], { move: true });
    expect(datasetStatus(root, "pets-of-mine").state).toBe("ready");
    expect(pathsBelow(given)).toEqual(["README.txt", "cat/.hidden.jpg"]);
  });

  it("takes splits as they are, without validation too", async () => {
    const root = fresh("split");
    writeOwnManifest(root, "mine", 2);
    const given = fresh("given-split");
    for (const [split, each] of [
      ["train", 4],
      ["validation", 2],
      ["test", 1],
    ] as const)
      writeClassFolders(join(given, split), ["a", "b"], each);
    expect((await importDataset(root, "mine", [given])).counts).toEqual({ train: 8, validation: 4, test: 2 });
    const without = fresh("given-without");
    for (const split of ["train", "test"]) writeClassFolders(join(without, split), ["a", "b"], 3);
    expect((await importDataset(root, "mine", [without])).counts).toEqual({ train: 6, test: 6 });
  });

  it("refuses other classes, too few images, deeper folders, links, and splits without a test", async () => {
    const root = fresh("bad-own");
    writeOwnManifest(root, "mine", 2);
    const refused = async (given: string): Promise<string> =>
      (await dataError(() => importDataset(root, "mine", [given]))).message;
    expect(await refused(writeClassFolders(fresh("three"), ["a", "b", "c"], 5))).toContain("3 classes: a, b, c");
    expect(await refused(writeClassFolders(fresh("few"), ["a", "b"], 4))).toContain("a: 4 images");
    expect(await refused(writeClassFolders(fresh("deep"), ["a/x", "b/x"], 5))).toMatch(/a\/x\/0\.jpg: in no class/);
    const only = fresh("only-train");
    writeClassFolders(join(only, "train"), ["a", "b"], 5);
    expect(await refused(only)).toContain("train without test");
    const more = fresh("more-classes");
    writeClassFolders(join(more, "train"), ["a", "b"], 5);
    writeClassFolders(join(more, "test"), ["a", "c"], 5);
    expect(await refused(more)).toContain("test/c: a class that train does not have");
    const linked = writeClassFolders(fresh("linked"), ["a", "b"], 5);
    symlinkSync("/etc/hostname", join(linked, "a", "link.jpg"));
    expect(await refused(linked)).toContain(`${join(linked, "a", "link.jpg")}: a link`);
    mkdirSync(fresh("empty-own"));
    expect(await refused(fresh("empty-own"))).toContain("no images");
    expect(await refused(join(linked, "a", "0.jpg"))).toContain("one folder of images by class");
    expect(existsSync(join(root, "mine"))).toBe(false);
  });
});

describe("import of archives", () => {
  const archive = classArchive(["cat", "dog"], 10);

  it("extracts them as fetch would, under another name too", async () => {
    const root = fresh("archive");
    writeOwnManifest(root, "animals", 2, archiveEntry("animals.tar.gz", [], archive));
    writeFileSync(fresh("download(1).tgz"), archive);
    const report = await importDataset(root, "animals", [fresh("download(1).tgz")]);
    expect(report).toMatchObject({ state: "ready", counts: { train: 16, test: 4 }, extracted: 20 });
    expect(readdirSync(join(root, "animals", "raw"))).toEqual(["animals.tar.gz"]);
  });

  it("without a known checksum takes one only when it is trusted, and then only the same", async () => {
    const root = fresh("trusting");
    writeOwnManifest(root, "animals", 2, archiveEntry("animals.tar.gz", [], undefined));
    writeFileSync(fresh("zoo.tgz"), archive);
    const named = { as: [`animals.tar.gz=${fresh("zoo.tgz")}`] };
    const error = await dataError(() => importDataset(root, "animals", [folder], named));
    expect(error.message).toContain("accepted: a file whose checksum is known");
    await importDataset(root, "animals", [fresh("zoo.tgz")], { ...named, trustOnFirstUse: true });
    expect(readFileSync(join(root, "SHA256SUMS"), "utf8")).toBe(`${sha256(archive)}  animals/raw/animals.tar.gz\n`);
    expect(datasetStatus(root, "animals").state).toBe("ready");
    writeFileSync(fresh("zoo.tgz"), classArchive(["cat", "dog"], 11));
    const again = await dataError(() =>
      importDataset(fresh("trusting"), "animals", [fresh("zoo.tgz")], { ...named, trustOnFirstUse: true }),
    );
    expect(again.message).toContain(`accepted: sha256 ${sha256(archive)} (manifest)`);
    const usage = await errorOf(() => importDataset(root, "animals", [folder], { as: ["animal.tar.gz=x"] }));
    expect((usage as UserError).exitCode).toBe(EXIT.usage);
    expect((usage as UserError).message).toContain("did you mean animals.tar.gz?");
  });
});

describe("import of a folder that was extracted elsewhere", () => {
  const names = ["Ann", "Bob"];
  /** PubFig83 in small: the manifest knows no checksum of it. */
  const faces = writeClassFolders(fresh("faces/PubFig83"), names, 6);
  const list = classFiles(names, 6).map(({ name, data }) => `faces/${name}\t${sha256(data)}\t${data.length}\n`);
  const header = "path\tsha256\tbytes\n";
  const as = [`pubfig83=${faces}`];
  const take = (root: string, options: ImportOptions): Promise<unknown> =>
    importDataset(fresh(root), "pubfig83", [faces], { as, ...options });

  it("says what is expected, and takes it only checked, trusted or as a part", async () => {
    const none = await dataError(() => importDataset(fresh("faces-none"), "pubfig83", [faces]));
    expect(none.message).toMatch(
      /pubfig83\.v1\.tgz: not found[^]*no extracted folder either\n {2}accepted: a folder with pubfig83/,
    );
    expect((await dataError(() => take("faces-plain", {}))).message).toContain(
      "an extracted folder, which cannot be checked",
    );
    expect(await take("faces-part", { partial: true })).toMatchObject({
      state: "partial",
      extracted: 12,
      missing: ["pubfig83.v1.tgz"],
    });
    expect(pathsBelow(filesFolder(fresh("faces-part"), "pubfig83"))[0]).toBe("pubfig83/Ann/0.jpg");
    expect(datasetStatus(fresh("faces-part"), "pubfig83").unknownLength).toEqual(["pubfig83.v1.tgz"]);
  });

  it("compares with a list of checksums, plain or compressed", async () => {
    const good = fresh("list.tsv.gz");
    writeFileSync(good, gzipSync(header + list.join("")));
    // The counts of the whole set are known once it has a decoder, and then these twelve images are too few.
    const outcome = await errorOf(() =>
      take("faces-list", { checksums: good }).then(() => Promise.reject(new Error("taken"))),
    );
    expect((outcome as Error).message).toMatch(/^taken$|\d+ images/);
    const short = fresh("short.tsv");
    writeFileSync(short, header + list.slice(1).join("") + `faces/Cid/1.jpg\t${sha256(Buffer.from("x"))}\t1\n`);
    const error = await dataError(() => take("faces-short", { checksums: short }));
    expect(error.faults.map(({ given }) => given)).toEqual([
      "1 listed files are not there: faces/Cid/1.jpg",
      "1 images are not listed: pubfig83/Ann/0.jpg",
    ]);
    expect(await take("faces-short", { checksums: short, partial: true })).toMatchObject({ state: "partial" });
    writeFileSync(short, "no list");
    expect((await dataError(() => take("faces-bad", { checksums: short }))).message).toContain(
      "not a list of checksums",
    );
    expect((await dataError(() => take("faces-bad", { checksums: fresh("no.tsv") }))).message).toContain(
      "no such file",
    );
  });
});

const data = (name: string): string | undefined => realData(name);

describe("import of the partial sets at hand", () => {
  const dtd = data("DTD");
  it.skipIf(dtd === undefined)("DTD: its folder, the one around it, only with partial", async () => {
    const root = fresh("real-dtd");
    expect((await dataError(() => importDataset(root, "dtd", [join(dtd!, "dtd")]))).message).toContain("--partial");
    for (const given of [join(dtd!, "dtd"), dtd!]) {
      const report = await importDataset(root, "dtd", [given], { partial: true });
      expect(report).toMatchObject({ state: "partial", extracted: 243, stored: [] });
    }
    expect(existsSync(join(filesFolder(root, "dtd"), "dtd/images/banded/banded_0002.jpg"))).toBe(true);
    expect((await verifyDatasets(root, ["dtd"])).map(({ state }) => state)).toEqual(["ok"]);
  });

  const pets = data("OxfordIIITPet");
  it.skipIf(pets === undefined)("Pets: images and lists without the trimaps", async () => {
    const root = fresh("real-pets");
    await importDataset(root, "pets", [join(pets!, "oxford-iiit-pet")], { partial: true });
    const paths = pathsBelow(filesFolder(root, "pets"));
    expect(paths.filter((path) => path.startsWith("images/")).length).toBe(180);
    expect(paths.filter((path) => !path.startsWith("images/"))).toContain("annotations/trainval.txt");
    expect(paths.some((path) => path.includes("trimaps"))).toBe(false);
  });

  const kmnist = data("KMNIST");
  it.skipIf(kmnist === undefined)(
    "KMNIST: the first 7,000 images with their own labels, the test official",
    async () => {
      const root = fresh("real-kmnist");
      await dataError(() => importDataset(root, "kmnist", [kmnist!]));
      const report = await importDataset(root, "kmnist", [kmnist!], { partial: true });
      expect(Object.fromEntries(report.stored.map(({ name, from }) => [name, from.split("/").at(-1)]))).toEqual({
        "train-images-idx3-ubyte.gz": "train-first7000-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz": "train-first7000-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz": "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz": "t10k-labels-idx1-ubyte.gz",
      });
      expect(report.state).toBe("partial");
    },
  );

  const qmnist = data("QMNIST");
  it.skipIf(qmnist === undefined)("QMNIST: labels only, of which no image can be counted", async () => {
    const report = await importDataset(fresh("real-qmnist"), "qmnist", [qmnist!], { partial: true });
    expect(report).toMatchObject({ state: "partial", counts: {} });
    expect(report.missing).toEqual(["qmnist-train-images-idx3-ubyte.gz", "qmnist-test-images-idx3-ubyte.gz"]);
  });

  const usps = data("USPS");
  it.skipIf(usps === undefined)("USPS: not the official bytes", async () => {
    const error = await dataError(() => importDataset(fresh("real-usps"), "usps", [usps!]));
    expect(error.faults.length).toBe(2);
    expect(await importDataset(fresh("real-usps"), "usps", [usps!], { partial: true })).toMatchObject({
      state: "partial",
      missing: [],
    });
  });

  const cifar = data("CIFAR10");
  it.skipIf(cifar === undefined)("CIFAR-10: a smaller archive under a longer name", async () => {
    const root = fresh("real-cifar");
    await importDataset(root, "cifar10", [cifar!], { partial: true });
    expect(readState(root, "cifar10")).toMatchObject({ partial: true, tree: { files: 3 } });
    const batch = readFileSync(join(filesFolder(root, "cifar10"), "cifar-10-batches-bin/data_batch_1.bin"));
    expect(batch.length).toBe(4000 * 3073);
    expect([...Array(10).keys()].map((i) => batch[i * 3073])).toEqual([6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
  });
});
