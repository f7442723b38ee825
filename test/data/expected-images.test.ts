import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { SplitName } from "../../src/data/dataset.js";
import { openDomain } from "../../src/data/domain.js";
import { expectedImages } from "../../src/data/expected-images.js";
import { importDataset } from "../../src/data/import/import.js";
import { writeSmallMnist } from "./fixtures.js";
import { scratchFolder } from "../support/folder.js";

const folder = scratchFolder();
const root = join(folder, "datasets");
const SPLITS: readonly SplitName[] = ["train", "validation", "trainAll", "test"];

beforeAll(async () => {
  const small = writeSmallMnist(join(folder, "small"), { train: 200, test: 60 });
  await importDataset(root, "mnist", [small], { partial: true });
});

describe("expected images", () => {
  it.each([
    ["mnist", {}],
    ["rotated-mnist/45", {}],
    ["mnist", { trainImages: 50, validationImages: 7, testImages: 1000 }],
    ["synthetic-diverse/thin", { trainImages: 12_000, validationImages: 30, testImages: 20 }],
  ])("of %s %o are those that are loaded", async (id, limits) => {
    const options = { folder: root, ...limits };
    for (const name of SPLITS)
      expect(expectedImages(id, name, options), name).toBe((await openDomain(id, options).split(name)).count);
  });

  it("of a set that is not here are the manifest's", () => {
    expect(expectedImages("mnist", "trainAll", { folder: join(folder, "nowhere") })).toBe(60_000);
  });
});
