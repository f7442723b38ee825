import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT, type UserError } from "../../../src/core/errors.js";
import { permutation, stream } from "../../../src/core/rng.js";
import type { DataOptions, PartName, PhotoOptions, PhotoPart, Source } from "../../../src/data/dataset.js";
import { openDomain } from "../../../src/data/domain.js";
import { datasets } from "../../../src/data/sets/index.js";
import { scratchFolder, userError } from "../../support/folder.js";
import { errorOf } from "../fixtures.js";
import { bytesElement, compressed, matFile, matMatrix } from "../formats/mat-fixtures.js";
import { digits, png, range, store, writeFiles } from "../photos/fixtures.js";
import { drill } from "../../support/require.js";

const scratch = scratchFolder();
let roots = 0;
const fresh = (): string => join(scratch, String(roots++));
type Files = Record<string, string | Uint8Array>;

/** A MAT file of row vectors of bytes, compressed as the official ones are. */
const matBytes = (variables: Readonly<Record<string, number[]>>): Buffer =>
  matFile(
    ...Object.entries(variables).map(([name, numbers]) =>
      compressed(matMatrix({ name, shape: [1, numbers.length], numbers: bytesElement(numbers) })),
    ),
  );

const without = (files: Files, path: string): Files =>
  Object.fromEntries(Object.entries(files).filter(([other]) => other !== path));

/** Stores files as a dataset and opens it. */
function open(id: string, files: Files, { partial = true, ...photos }: PhotoOptions & { partial?: boolean } = {}) {
  const folder = fresh();
  store(folder, id, files, { partial });
  const source = datasets[id]!.open(id, { folder, photos }) as Source<PhotoPart>;
  const listed = (name: PartName): [string, number][] => {
    const { photos, labels } = source.part(name);
    return photos.map(({ path }, i) => [path, labels[i]!]);
  };
  return { folder, source, listed };
}

/** What is wrong with a dataset of these files. */
async function wrong(id: string, files: Files, options: PhotoOptions & { partial?: boolean } = {}): Promise<string> {
  const error = (await errorOf(() => open(id, files, options))) as UserError;
  expect(error.exitCode, String(error.stack)).toBe(EXIT.data);
  return error.message.replace(/\S*\/files\//g, "");
}

describe("aircraft", () => {
  const DATA = "fgvc-aircraft-2013b/data";
  const variants = range(100).map((i) => (i === 7 ? "F/A-18 Hornet" : `Variant ${digits(99 - i, 2)}`));
  const files = (): Files => ({
    [`${DATA}/variants.txt`]: `${variants.join("\n")}\n`,
    [`${DATA}/images_variant_train.txt`]: "0000002 F/A-18 Hornet\n0000001 Variant 99\n",
    [`${DATA}/images_variant_val.txt`]: "0000003 Variant 98\r\n",
    [`${DATA}/images_variant_test.txt`]: "0000004 Variant 00",
    ...Object.fromEntries(range(6).map((i) => [`${DATA}/images/${digits(i, 7)}.jpg`, ""])),
  });

  it("parts id and variant at the first blank; classes are the lines of variants.txt", () => {
    const { source, listed } = open("aircraft", files());
    expect(source).toMatchObject({ classes: 100, officialValidation: true, dataTag: "partial" });
    expect(listed("train")).toEqual([
      [`${DATA}/images/0000001.jpg`, 0],
      [`${DATA}/images/0000002.jpg`, 7],
    ]);
    expect(listed("validation")).toEqual([[`${DATA}/images/0000003.jpg`, 1]]);
    expect(listed("test")).toEqual([[`${DATA}/images/0000004.jpg`, 99]]);
  });

  it("cuts the banner off unless told not to, which shows in the identity", () => {
    const [cut, kept] = [open("aircraft", files()), open("aircraft", files(), { cropBanner: false })];
    expect(cut.source.part("test").photos[0]!.cropBottom).toBe(20);
    expect(kept.source.part("test").photos[0]!.cropBottom).toBe(undefined);
    expect(kept.source.identity).not.toEqual(cut.source.identity);
    expect(open("aircraft", files()).source.identity).toEqual(cut.source.identity);
  });

  it("names the lines that are wrong, all at once", async () => {
    const list = `${DATA}/images_variant_train.txt`;
    const lines = "0000001 Variant 99\n0000001 Variant 99\n0000077 Variant 01\nVariant 02\n0000002 Boeing 707\n";
    expect(await wrong("aircraft", { ...files(), [list]: lines })).toBe(
      [
        `images_variant_train.txt:2: ${DATA}/images/0000001.jpg is listed twice`,
        `  accepted: once, as in ${DATA}/images_variant_train.txt:1`,
        `images_variant_train.txt:3: ${DATA}/images/0000077.jpg is listed, but absent`,
        "  accepted: an image of the set",
        'images_variant_train.txt:4: "Variant 02"',
        "  accepted: an image of seven digits and its variant",
        'images_variant_train.txt:5: variant "Boeing 707"',
        "  accepted: a variant of variants.txt",
        "  hint: import the official files again",
      ]
        .join("\n")
        .replace(/^images_/gm, `${DATA}/images_`),
    );
    const twice = { ...files(), [`${DATA}/images_variant_test.txt`]: "0000001 Variant 99\n" };
    expect(await wrong("aircraft", twice)).toMatch(/test\.txt:1: .*0000001\.jpg is listed twice\n.*train\.txt:2/);
    const many = {
      ...files(),
      [list]: range(30)
        .map(() => "x\n")
        .join(""),
    };
    expect(await wrong("aircraft", many)).toMatch(/train\.txt:10: "x"\n.*\n {2}hint: .*; 20 more lines are wrong$/);
  });

  it("refuses other variants, empty and missing lists", async () => {
    const few = { ...files(), [`${DATA}/variants.txt`]: variants.slice(1).join("\n") };
    expect(await wrong("aircraft", few)).toMatch(/variants\.txt: 99 variants\n {2}accepted: 100/);
    const empty = { ...files(), [`${DATA}/images_variant_val.txt`]: "\n" };
    expect(await wrong("aircraft", empty)).toMatch(/val\.txt: no images/);
    const missing = `${DATA}/images_variant_val.txt`;
    expect(await wrong("aircraft", without(files(), missing))).toMatch(/val\.txt: missing/);
  });

  it("refuses a whole set of other counts: a truncated list", async () => {
    expect(await wrong("aircraft", files(), { partial: false })).toMatch(/2 images in the train split\n.*3334/);
  });
});

describe("butterfly", () => {
  const files = (): Files => ({
    "Butterfly200_train_release.txt": "001.Atrophaneura_a/2.jpg 1 1 1 1\n200.Zizina_z/1.jpg 200 116 23 5\n",
    "Butterfly200_val_release.txt": "images/001.Atrophaneura_a/3 b.jpg 1 1 1 1\n",
    "Butterfly200_test_release.txt": "001.Atrophaneura_a/10.jpg 1 1 1 1\n001.Atrophaneura_a/1.jpg 1 1 1 1\n",
    ...Object.fromEntries(["1", "2", "3 b", "10"].map((name) => [`images/001.Atrophaneura_a/${name}.jpg`, ""])),
    "images/200.Zizina_z/1.jpg": "",
  });

  it("takes the species, from 1", () => {
    const { listed, source } = open("butterfly", files());
    expect(source).toMatchObject({ classes: 200, officialValidation: true });
    expect(listed("train")).toEqual([
      ["images/001.Atrophaneura_a/2.jpg", 0],
      ["images/200.Zizina_z/1.jpg", 199],
    ]);
    expect(listed("validation")).toEqual([["images/001.Atrophaneura_a/3 b.jpg", 0]]);
    expect(listed("test").map(([path]) => path)).toEqual([
      "images/001.Atrophaneura_a/1.jpg",
      "images/001.Atrophaneura_a/10.jpg",
    ]);
  });

  it.each([
    [
      "another species than the path's",
      "200.Zizina_z/1.jpg 199 1 1 1",
      /:1: species 199\n {2}accepted: 200, with which/,
    ],
    ["a species out of range", "201.X_x/1.jpg 201 1 1 1", /:1: class 201\n {2}accepted: 1 to 200/],
    ["species 0", "000.X_x/1.jpg 0 1 1 1", /:1: class 0\n/],
    ["a path out of the set", "001.a/../../../secret.jpg 1 1 1 1", /secret\.jpg leads out of the set/],
    ["an absolute path", "/etc/passwd 1 1 1 1", /:1: "\/etc\/passwd 1 1 1 1"/],
    ["a line without numbers", "001.Atrophaneura_a/2.jpg", /accepted: path, species, genus/],
  ])("refuses %s", async (_name, line, message) => {
    expect(await wrong("butterfly", { ...files(), "Butterfly200_train_release.txt": line })).toMatch(message);
  });
});

describe("pets", () => {
  const list = (names: string): string => `#Image CLASS-ID SPECIES BREED ID\n${names}`;
  const files = (): Files => ({
    "annotations/trainval.txt": list("american_bulldog_20 2 2 1\namerican_bulldog_3 2 2 1\nAbyssinian_100 1 1 1\n"),
    "annotations/test.txt": list("Abyssinian_2 1 1 1\n"),
    "images/Abyssinian_100.mat": "",
    ...Object.fromEntries(
      ["Abyssinian_100", "Abyssinian_2", "american_bulldog_20", "american_bulldog_3"].map((n) => [
        `images/${n}.jpg`,
        "",
      ]),
    ),
  });

  it("takes id - 1, leaves comments out, and cuts validation from trainval", () => {
    const { listed, source } = open("pets", files());
    expect(source).toMatchObject({ classes: 37, officialValidation: false });
    expect(listed("train")).toEqual([
      ["images/Abyssinian_100.jpg", 0],
      ["images/american_bulldog_20.jpg", 1],
      ["images/american_bulldog_3.jpg", 1],
    ]);
    expect(() => source.part("validation")).toThrow("no official validation");
  });

  it.each([
    ["one breed under two ids", "Abyssinian_100 1 1 1\nAbyssinian_2 2 1 1", /trainval\.txt:2: id 2 of Abyssinian/],
    ["a class out of range", "Abyssinian_100 38 1 1", /trainval\.txt:1: class 38\n {2}accepted: 1 to 37/],
    ["another form", "Abyssinian_100.jpg 1", /trainval\.txt:1: "Abyssinian_100\.jpg 1"/],
    ["a name with folders", "../Abyssinian_100 1 1 1", /leads out of the set/],
    ["a list of test images", "Abyssinian_2 1 1 1", /test\.txt:2: .*Abyssinian_2\.jpg is listed twice/],
  ])("refuses %s", async (_name, text, message) => {
    expect(await wrong("pets", { ...files(), "annotations/trainval.txt": text })).toMatch(message);
  });

  drill("pools all images for the paper's counts", async () => {
    const breeds = ["Abyssinian", "american_bulldog", "Bengal"];
    const names = range(7390).map((i) => `${breeds[i % 3]}_${i}`);
    const all: Files = Object.fromEntries(names.map((name) => [`images/${name}.jpg`, ""]));
    all["annotations/trainval.txt"] = list("Abyssinian_0 1 1 1\namerican_bulldog_1 2 2 1\n");
    all["annotations/test.txt"] = list("Bengal_2 6 1 1\n");
    const { listed, source } = open("pets", all, { petsSplit: "paper-counts" });
    expect([listed("train").length, listed("test").length]).toEqual([4000, 3390]);
    const order = names.map((name) => `images/${name}.jpg`).sort();
    const first = [...permutation(7390, stream(0, 999, 0, 0)).subarray(0, 3390)].map((i) => order[i]!).sort();
    expect(listed("test").map(([path]) => path)).toEqual(first);
    expect(new Set(listed("test").map(([path, label]) => `${path.split(/[/_]/)[1]} ${label}`))).toEqual(
      new Set(["Abyssinian 0", "american 1", "Bengal 5"]),
    );
    expect(source.identity).toMatchObject({ variant: "paper-counts" });
    expect(await wrong("pets", files(), { petsSplit: "paper-counts" })).toMatch(
      /images: 4 images\n {2}accepted: 7390 for the split paper-counts/,
    );
  });
});

describe("caltech256", () => {
  const ROOT = "256_ObjectCategories";
  const classFiles = (number: number, count: number): Files =>
    Object.fromEntries(
      range(count).map((i) => [`${ROOT}/${digits(number, 3)}.thing/${digits(number, 3)}_${digits(i + 1, 4)}.jpg`, ""]),
    );
  const files = (): Files => ({
    ...classFiles(1, 80),
    ...classFiles(56, 95),
    ...classFiles(257, 30),
    [`${ROOT}/198.spider/RENAME2`]: "",
    [`${ROOT}/056.thing/greg/vision309/056_0001.jpg`]: "",
    [`${ROOT}/056.thing/056_0001.png`]: "",
  });

  it("takes 20 test, 50 training and 10 validation images in the seeded order of every class", () => {
    const { listed, source } = open("caltech256", files());
    expect(source).toMatchObject({ classes: 256, officialValidation: true });
    const numbers = (name: PartName, label: number): number[] =>
      listed(name).flatMap(([path, k]) => (k === label ? [Number(path.slice(-8, -4)) - 1] : []));
    const order = [...permutation(80, stream(0, 1000, 0, 0))];
    expect(order.slice(0, 6)).toEqual([68, 36, 27, 77, 24, 20]);
    const ascending = (part: number[]): number[] => part.sort((a, b) => a - b);
    expect(numbers("test", 0)).toEqual(ascending(order.slice(0, 20)));
    expect(numbers("train", 0)).toEqual(ascending(order.slice(20, 70)));
    expect(numbers("validation", 0)).toEqual(ascending(order.slice(70)));
    expect(numbers("test", 55).length + numbers("train", 55).length + numbers("validation", 55).length).toBe(80);
    expect([listed("test").length, listed("train").length, listed("validation").length]).toEqual([40, 100, 20]);
  });

  it("makes validation part of train when asked for 60, with the same test images", () => {
    const [usual, more] = [open("caltech256", files()), open("caltech256", files(), { caltechTrain: 60 })];
    expect(more.listed("test")).toEqual(usual.listed("test"));
    expect(more.listed("train").map(([path]) => path)).toEqual(
      [...usual.listed("train"), ...usual.listed("validation")].map(([path]) => path).sort(),
    );
    expect(more.source.officialValidation).toBe(false);
    expect(more.source.identity).not.toEqual(usual.source.identity);
    expect(existsSync(join(more.folder, "caltech256", "splits", "train.train-60.txt"))).toBe(true);
  });

  it("refuses a class with too few images in a whole set, and one that is none", async () => {
    expect(await wrong("caltech256", classFiles(1, 79), { partial: false })).toMatch(
      /256_ObjectCategories: 79 images of class 1\n {2}accepted: at least 80/,
    );
    expect(await wrong("caltech256", classFiles(300, 1))).toMatch(/class 300\n {2}accepted: 1 to 256/);
    expect(await wrong("caltech256", classFiles(0, 1))).toMatch(/class 0\n/);
  });
});

describe("dtd", () => {
  const files = (): Files => ({
    "dtd/labels/train1.txt": "zigzagged/zigzagged_0001.jpg\npolka-dotted/polka-dotted_0002.jpg\n",
    "dtd/labels/val1.txt": "banded/banded_0002.jpg\n",
    "dtd/labels/test1.txt": "banded/banded_0009.jpg\n",
    ...Object.fromEntries(
      ["zigzagged_0001", "polka-dotted_0002", "banded_0002", "banded_0009"].map((name) => [
        `dtd/images/${name.split("_")[0]}/${name}.jpg`,
        "",
      ]),
    ),
  });

  it("keeps the official numbers of classes when most are missing", () => {
    const { listed, source } = open("dtd", files());
    expect(source).toMatchObject({ classes: 47, officialValidation: true });
    expect(listed("train")).toEqual([
      ["dtd/images/polka-dotted/polka-dotted_0002.jpg", 30],
      ["dtd/images/zigzagged/zigzagged_0001.jpg", 46],
    ]);
    expect(listed("test")).toEqual([["dtd/images/banded/banded_0009.jpg", 0]]);
  });

  it.each([
    ["an unknown class", "furry/furry_0001.jpg"],
    ["a file of another class", "banded/zigzagged_0001.jpg"],
    ["a path out of the set", "../images/banded/banded_0002.jpg"],
  ])("refuses %s", async (_name, line) => {
    expect(await wrong("dtd", { ...files(), "dtd/labels/val1.txt": line })).toMatch(
      `dtd/labels/val1.txt:1: ${JSON.stringify(line)}`,
    );
  });
});

describe("flowers102", () => {
  const files = (ids: Partial<Record<"trnid" | "valid" | "tstid", number[]>> = {}, labels = [102, 1, 3, 3]): Files => ({
    "imagelabels.mat": matBytes({ labels }),
    "setid.mat": matBytes({ trnid: [2], valid: [4], tstid: [3, 1], ...ids }),
    ...Object.fromEntries(range(4).map((i) => [`jpg/image_${digits(i + 1, 5)}.jpg`, ""])),
  });

  it("counts images and classes from 1", () => {
    const { listed, source } = open("flowers102", files());
    expect(source).toMatchObject({ classes: 102, officialValidation: true });
    expect(listed("train")).toEqual([["jpg/image_00002.jpg", 0]]);
    expect(listed("validation")).toEqual([["jpg/image_00004.jpg", 2]]);
    expect(listed("test")).toEqual([
      ["jpg/image_00001.jpg", 101],
      ["jpg/image_00003.jpg", 2],
    ]);
  });

  it("finds its MAT files among the official ones too", () => {
    const folder = fresh();
    const { "imagelabels.mat": labels, "setid.mat": ids, ...images } = files();
    store(folder, "flowers102", images, { partial: true });
    writeFiles(join(folder, "flowers102", "raw"), { "imagelabels.mat": labels!, "setid.mat": ids! });
    const source = datasets.flowers102!.open("flowers102", { folder }) as Source<PhotoPart>;
    expect(source.part("test").photos.length).toBe(2);
  });

  it.each([
    ["an image that is not there", files({ trnid: [5] }), /setid\.mat: trnid\[0\]: image 5\n {2}accepted: 1 to 4/],
    ["image 0", files({ valid: [0] }), /setid\.mat: valid\[0\]: image 0/],
    [
      "an image in two splits",
      files({ valid: [4, 3] }),
      /tstid\[0\]: jpg\/image_00003\.jpg is listed twice\n.*valid\[1\]/,
    ],
    ["a class out of range", files({}, [1, 103, 1, 1]), /trnid\[0\]: class 103\n {2}accepted: 1 to 102/],
    ["another MAT file", { ...files(), "setid.mat": matBytes({ X: [1] }) }, /setid\.mat: no variable trnid/],
    ["not a MAT file", { ...files(), "imagelabels.mat": "text" }, /imagelabels\.mat: /],
  ])("refuses %s", async (_name, given, message) => {
    expect(await wrong("flowers102", given)).toMatch(message);
  });
});

describe("pubfig83", () => {
  const files = (people: number): Files =>
    Object.fromEntries(
      range(people).flatMap((person) =>
        range(22 + person).map((i) => [`pubfig83/Person ${String.fromCharCode(97 + person)}/${i}.jpg`, ""]),
      ),
    );

  it("takes 20 test images of everyone, the rest for training", () => {
    const { listed, source } = open("pubfig83", files(3));
    expect(source).toMatchObject({ classes: 83, officialValidation: false });
    expect([listed("test").length, listed("train").length]).toEqual([60, 2 + 3 + 4]);
    const names = range(22).map((i) => `${i}.jpg`);
    const order = [...permutation(22, stream(0, 1000, 0, 0))].map((i) => names.sort()[i]!);
    expect(listed("train").slice(0, 2)).toEqual(
      order
        .slice(20)
        .sort()
        .map((name) => [`pubfig83/Person a/${name}`, 0]),
    );
  });

  it("refuses another number of people in a whole set, and images outside of folders", async () => {
    expect(await wrong("pubfig83", files(3), { partial: false })).toMatch(/3 classes\n {2}accepted: 83/);
    expect(await wrong("pubfig83", { ...files(2), "pubfig83/a.jpg": "" })).toMatch(/a\.jpg: in no class/);
  });
});

describe("a photo dataset", () => {
  const files = (): Files => ({
    "dtd/labels/train1.txt": range(20)
      .map((i) => `banded/banded_${digits(i, 4)}.jpg\n`)
      .join(""),
    "dtd/labels/val1.txt": "braided/braided_0000.jpg\n",
    "dtd/labels/test1.txt": "braided/braided_0001.jpg\n",
    ...Object.fromEntries(range(20).map((i) => [`dtd/images/banded/banded_${digits(i, 4)}.jpg`, png([i, 0, 0])])),
    ...Object.fromEntries(range(2).map((i) => [`dtd/images/braided/braided_${digits(i, 4)}.jpg`, png([0, i, 0])])),
  });
  const frame = { size: 4, channels: 3, resample: "bilinear" } as const;
  const read = async (folder: string, name: PartName, options: Partial<DataOptions> = {}): Promise<number[]> => {
    const { rowReader } = await import("../../../src/data/batches/rows.js");
    const split = await openDomain("dtd", { folder, frame, ...options }).split(name);
    const reader = rowReader(split);
    const reds = range(split.count).map((i) => reader.read(i)[0]!);
    reader.close();
    return reds;
  };

  it("is read through the cache, no more than a limit asks for", async () => {
    const folder = fresh();
    store(folder, "dtd", files(), { partial: true });
    const decoded: number[] = [];
    const onDecoded = (_done: number, total: number): void => void decoded.push(total);
    const few = await read(folder, "train", { trainImages: 5, onDecoded });
    expect(few.length).toBe(5);
    expect(await read(folder, "train", { onDecoded })).toEqual(range(20));
    expect(decoded).toEqual([5, 15]);
    const split = await openDomain("dtd", { folder, frame }).split("trainAll");
    expect([split.count, split.shape]).toEqual([21, { height: 4, width: 4, channels: 3 }]);
  });

  it("is resized bilinearly only", () => {
    const folder = fresh();
    store(folder, "dtd", files(), { partial: true });
    const error = userError(() => openDomain("dtd", { folder, frame: { ...frame, resample: "area" } }));
    expect(error.exitCode).toBe(EXIT.usage);
    expect(error.message).toMatch(/^suite\.image\.resample for dtd: area, [^]*\n {2}accepted: bilinear\n/);
  });

  it("writes its lists, and leaves them alone", () => {
    const folder = fresh();
    store(folder, "dtd", files(), { partial: true });
    const part = (): PhotoPart => (datasets.dtd!.open("dtd", { folder }) as Source<PhotoPart>).part("train");
    part();
    const path = join(folder, "dtd", "splits", "train.txt");
    expect(readFileSync(path, "utf8").split("\n").slice(0, 2)).toEqual([
      "dtd/images/banded/banded_0000.jpg\t0",
      "dtd/images/banded/banded_0001.jpg\t0",
    ]);
    expect(readFileSync(join(folder, "dtd", "splits", "validation.txt"), "utf8")).toBe(
      "dtd/images/braided/braided_0000.jpg\t2\n",
    );
  });

  it("needs a size, and names what is missing", async () => {
    const folder = fresh();
    store(folder, "dtd", files(), { partial: true });
    const sizeless = (await errorOf(() => openDomain("dtd", { folder }))) as UserError;
    expect(sizeless.exitCode).toBe(EXIT.usage);
    expect(sizeless.message).toMatch(/domain dtd: no size[^]*suite\.image to \{size: 224, channels: 3\}/);
    const absent = (await errorOf(() => openDomain("pets", { folder, frame }))) as UserError;
    expect(absent.exitCode).toBe(EXIT.data);
    expect(absent.message).toContain("metamd data");
  });

  it("does not follow links out of the set", async () => {
    const folder = fresh();
    store(folder, "dtd", without(files(), "dtd/images/braided/braided_0001.jpg"), { partial: true });
    writeFileSync(join(folder, "secret.jpg"), png([1, 2, 3]));
    symlinkSync(join(folder, "secret.jpg"), join(folder, "dtd/files/dtd/images/braided/braided_0001.jpg"));
    expect(((await errorOf(() => openDomain("dtd", { folder, frame }))) as UserError).message).toMatch(
      /test1\.txt:1: .*braided_0001\.jpg is listed, but absent/,
    );
  });

  it("changes its checksum with every byte of the tree, and with the lists", () => {
    const of = (given = files()): string => {
      const folder = fresh();
      store(folder, "dtd", given, { partial: true });
      return openDomain("dtd", { folder, frame }).checksum;
    };
    expect(of()).toBe(of());
    expect(of({ ...files(), "dtd/images/braided/braided_0000.jpg": png([9, 8, 7]) })).not.toBe(of());
    expect(
      of({
        ...files(),
        "dtd/labels/val1.txt": "braided/braided_0001.jpg\n",
        "dtd/labels/test1.txt": "braided/braided_0000.jpg\n",
      }),
    ).not.toBe(of());
  });

  it("counts what is freshly extracted", () => {
    const folder = fresh();
    mkdirSync(folder);
    writeFiles(folder, files());
    const read = (name: string): Uint8Array | undefined =>
      existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : undefined;
    expect(datasets.dtd!.count!(read, folder)).toEqual({ train: 20, validation: 1, test: 1 });
    rmSync(join(folder, "dtd/labels/test1.txt"));
    expect(() => datasets.dtd!.count!(read, folder)).toThrow(/test1\.txt: missing/);
  });
});
