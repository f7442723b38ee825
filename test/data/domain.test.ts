import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { UserError } from "../../src/core/errors.js";
import { EXIT } from "../../src/core/errors.js";
import { sha256 } from "../../src/core/hash.js";
import { leastTag } from "../../src/data/dataset.js";
import type { Split, SplitName } from "../../src/data/dataset.js";
import { domainIds, openDomain, restrict, type Domain } from "../../src/data/domain.js";
import { importDataset } from "../../src/data/import/import.js";
import { realData } from "../support/require.js";
import { errorOf, writeSmallMnist } from "./fixtures.js";
import { scratchFolder } from "../support/folder.js";

const folder = scratchFolder();
const root = join(folder, "datasets");

/** Image numbers of a small-MNIST split: image i is filled with byte i. */
const numbers = (split: Split): number[] => Array.from({ length: split.count }, (_unused, i) => bytes(split)[i * 784]!);
const bytes = ({ images }: Split): Uint8Array => images as Uint8Array;
const counts = (domains: readonly Domain[], name: SplitName): Promise<number[]> =>
  Promise.all(domains.map(async (domain) => (await domain.split(name)).count));
const classCounts = ({ labels }: Split): number[] => {
  const counts = new Array<number>(10).fill(0);
  for (const label of labels) counts[label]!++;
  return counts;
};

beforeAll(async () => {
  await importDataset(root, "mnist", [writeSmallMnist(join(folder, "small"), { train: 200, test: 60 })], {
    partial: true,
  });
});

describe("openDomain", () => {
  it("opens every known id that is here, says how the others get here, and lists all for an unknown one", async () => {
    for (const id of domainIds())
      if (/^(mnist|rotated-mnist|synthetic-\w+)(\/|$)/.test(id)) expect(openDomain(id, { folder: root }).id).toBe(id);
      else {
        const absent = (await errorOf(() => openDomain(id, { folder: root }))) as UserError;
        expect(absent.exitCode).toBe(EXIT.data);
        expect(absent.message).toContain(`metamd data import ${id.split("/")[0]} PATH`);
      }
    const error = await errorOf(() => openDomain("rotated-mnist/46", { folder: root }));
    expect((error as UserError).exitCode).toBe(EXIT.usage);
    expect((error as UserError).message).toMatch(/rotated-mnist\/45[^]*did you mean rotated-mnist\/4?5?/);
  });

  it("names missing files and the command that imports them", async () => {
    const error = await errorOf(() => openDomain("rotated-mnist/45", { folder: join(folder, "nowhere") }));
    expect((error as UserError).exitCode).toBe(EXIT.data);
    expect((error as UserError).message).toMatch(/missing train-images-idx3[^]*metamd data import mnist PATH/);
  });

  it("says what the data are", () => {
    expect(openDomain("mnist", { folder: root }).dataTag).toBe("partial");
    expect(openDomain("synthetic-digits", { folder: root }).dataTag).toBe("synthetic");
    expect(openDomain("synthetic-diverse/thin", { folder: root })).toMatchObject({
      height: 28,
      channels: 1,
      classes: 10,
    });
  });

  it("is no more real together than its least real part", () => {
    expect(leastTag(["real", "real"])).toBe("real");
    expect(leastTag(["real", "partial"])).toBe("partial");
    expect(leastTag(["partial", "real", "synthetic"])).toBe("synthetic");
  });

  it("has a checksum for everything the images depend on", () => {
    const of = (id: string, options: object = {}): string => openDomain(id, { folder: root, ...options }).checksum;
    const different = [
      of("mnist"),
      of("rotated-mnist/15"),
      of("rotated-mnist/30"),
      of("rotated-mnist/30", { partition: "strict" }),
      of("rotated-mnist/30", { trainImages: 10 }),
      ...(["bilinear", "area"] as const).map((resample) => of("mnist", { frame: { size: 16, channels: 1, resample } })),
      of("synthetic-digits"),
      of("synthetic-rotated/15"),
      of("synthetic-diverse/thick"),
    ];
    expect(new Set(different).size).toBe(different.length);
    expect(of("rotated-mnist/30", { partition: "shared" })).toBe(of("rotated-mnist/30"));
  });

  it("notices files that changed after the import", async () => {
    const changed = join(folder, "changed");
    await importDataset(changed, "mnist", [writeSmallMnist(join(folder, "other"), { train: 30, test: 10 })], {
      partial: true,
    });
    const path = join(changed, "mnist", "raw", "t10k-labels-idx1-ubyte.gz");
    const domain = openDomain("mnist", { folder: changed });
    const { length } = (await domain.split("train")).labels;
    // Three images a class: one of each is for validation.
    expect(length).toBe(20);
    writeFileSync(path, "x");
    const error = await errorOf(() => domain.split("test"));
    expect((error as UserError).message).toMatch(/t10k-labels[^]*sha256[^]*when imported/);
    expect((await errorOf(() => openDomain("mnist", { folder: changed }))) as UserError).toHaveProperty(
      "exitCode",
      EXIT.data,
    );
  });
});

describe("splits of a domain", () => {
  it("cuts a stratified tenth of train for validation", async () => {
    const domain = openDomain("mnist", { folder: root });
    const [train, validation, all] = [
      await domain.split("train"),
      await domain.split("validation"),
      await domain.split("trainAll"),
    ];
    expect([train.count, validation.count, all.count]).toEqual([180, 20, 200]);
    expect(classCounts(validation)).toEqual(new Array(10).fill(2));
    expect([...numbers(train), ...numbers(validation)].sort((a, b) => a - b)).toEqual(numbers(all));
    expect(numbers(all)).toEqual(Array.from({ length: 200 }, (_unused, i) => i));
    expect(numbers(train)).toEqual(numbers(train).sort((a, b) => a - b));
    expect([...train.labels]).toEqual(numbers(train).map((i) => i % 10));
  });

  it("limits class-balanced, trainAll being train and validation together", async () => {
    const whole = openDomain("mnist", { folder: root });
    const domain = openDomain("mnist", { folder: root, trainImages: 25, validationImages: 10, testImages: 30 });
    const [train, validation, all] = [
      await domain.split("train"),
      await domain.split("validation"),
      await domain.split("trainAll"),
    ];
    expect(classCounts(train)).toEqual([3, 3, 3, 3, 3, 2, 2, 2, 2, 2]);
    expect(classCounts(await domain.split("test"))).toEqual(new Array(10).fill(3));
    expect(numbers(all)).toEqual([...numbers(train), ...numbers(validation)]);
    const inWhole = numbers(await whole.split("validation"));
    expect(numbers(validation).every((i) => inWhole.includes(i))).toBe(true);
    expect(new Set(numbers(all)).size).toBe(35);
  });

  it("partitions the rotated domains", async () => {
    const strict = openDomain("rotated-mnist/0", { folder: root, partition: "strict" });
    expect(numbers(await strict.split("trainAll")).slice(0, 3)).toEqual([0, 6, 12]);
    expect(numbers(await strict.split("test"))).toEqual([0, 6, 12, 18, 24, 30, 36, 42, 48, 54]);
    const pooled = [0, 15, 30, 45, 60, 75].map((angle) =>
      openDomain(`rotated-mnist/${angle}`, { folder: root, partition: "domainbed" }),
    );
    expect(await counts(pooled, "test")).toEqual([8, 8, 8, 8, 8, 8]);
    expect(await counts(pooled, "trainAll")).toEqual([36, 36, 35, 35, 35, 35]);
  });

  it("counts how often test was read, also through a restricted view", async () => {
    const domain = openDomain("synthetic-digits", { folder: root, trainImages: 20, testImages: 10 });
    await domain.split("train");
    expect(domain.testReads).toBe(0);
    await domain.split("test");
    const view = restrict(domain, ["train", "test"]);
    await view.split("test");
    expect([domain.testReads, view.testReads]).toEqual([2, 2]);
    const blind = restrict(domain, ["train"]);
    expect((await blind.split("train")).count).toBe(20);
    for (const name of ["validation", "test", "trainAll"] as const)
      expect((await errorOf(() => blind.split(name))) as Error).toHaveProperty(
        "message",
        `split ${name} of synthetic-digits is closed here; open: train`,
      );
    expect(domain.testReads).toBe(2);
  });

  it("counts what a split has without loading it, limits and all, as far as it is open", async () => {
    const names = ["train", "validation", "test", "trainAll"] as const;
    for (const limits of [{}, { trainImages: 50, testImages: 7 }, { classes: 3 }]) {
      const domain = openDomain("mnist", { folder: root, ...limits });
      const counted = names.map((name) => domain.count(name));
      expect(domain.testReads).toBe(0);
      expect(counted).toEqual(await Promise.all(names.map(async (name) => (await domain.split(name)).count)));
    }
    const restricted = restrict(openDomain("mnist", { folder: root }), ["train"]);
    expect(restricted.count("train")).toBe(180);
    expect(() => restricted.count("test")).toThrow("split test of mnist is closed here; open: train");
  });

  it("draws synthetic images: any number, the first of them always the same", async () => {
    const few = await openDomain("synthetic-rotated/45", { folder: root, trainImages: 100 }).split("train");
    expect(sha256(bytes(few)).slice(0, 16)).toBe("a6a655052b0a0f70");
    expect([...few.labels.subarray(0, 12)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    const limits = { trainImages: 30, validationImages: 20, testImages: 10 };
    const domain = openDomain("synthetic-digits", { folder: root, ...limits });
    for (const [name, count] of [
      ["train", 30],
      ["validation", 20],
      ["test", 10],
      ["trainAll", 50],
    ] as const)
      expect((await domain.split(name)).count).toBe(count);
    const upright = openDomain("synthetic-rotated/0", { folder: root, ...limits });
    const train = bytes(await domain.split("train"));
    expect(bytes(await upright.split("train"))).toEqual(train);
    expect(bytes(await domain.split("validation"))).not.toEqual(train.subarray(0, 20 * 784));
  });
});

const real = realData("MNIST");
describe.skipIf(real === undefined)("MNIST", () => {
  const data = join(folder, "real");
  beforeAll(async () => {
    await importDataset(data, "mnist", [real!]);
  });

  it("has the official counts, labels and classes", async () => {
    const domain = openDomain("mnist", { folder: data });
    expect(domain.dataTag).toBe("real");
    const train = await domain.split("trainAll");
    expect(train.count).toBe(60_000);
    expect([...train.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect(classCounts(train)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    const test = await domain.split("test");
    expect([...test.labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    expect(classCounts(test)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    expect(classCounts(await domain.split("validation"))).toEqual([592, 674, 595, 613, 584, 542, 591, 626, 585, 594]);
  });

  // Source: datasets specification, section 6: Pillow's rotate, first 16 hex digits of the SHA-256 of 10,000 images.
  it.each([
    [15, "81ac0b278f9af011"],
    [30, "96fdc16dc71dd3cc"],
    [45, "7cfd03f57306ec1f"],
    [60, "92237874b0dc88bb"],
    [75, "1e82e1ba679964e8"],
  ])("turned by %i degrees is bit-equal to Pillow", async (angle, hash) => {
    const test = await openDomain(`rotated-mnist/${angle}`, { folder: data }).split("test");
    expect(sha256(bytes(test)).slice(0, 16)).toBe(hash);
  });

  it("turned by 0 degrees is MNIST", async () => {
    const limits = { folder: data, testImages: 100 };
    const [turned, upright] = ["rotated-mnist/0", "mnist"].map((id) => openDomain(id, limits));
    expect((await turned!.split("test")).images).toEqual((await upright!.split("test")).images);
  });
});
