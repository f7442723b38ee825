import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT, type UserError } from "../../../src/core/errors.js";
import { importDataset, type ImportOptions, type ImportReport } from "../../../src/data/import/import.js";
import { filesFolder } from "../../../src/data/store/layout.js";
import { pathsBelow } from "../../../src/data/store/tree.js";
import { zip } from "../../support/archives.js";
import { errorOf } from "../fixtures.js";
import { scratchFolder } from "../../support/folder.js";

const scratch = scratchFolder();
let numbered = 0;
const fresh = (): string => join(scratch, String(numbered++));

const LISTS = ["train", "val", "test"].map((name) => `Butterfly200_${name}_release.txt`);
const IMAGES = LISTS.map((_list, i) => `${digits(i + 1)}.kind/${i}.jpg`);

function digits(number: number): string {
  return String(number).padStart(3, "0");
}

/** Butterfly-200 with one image a split. @param images the folder of the images. @param around one around everything. */
function files(images: string, around = ""): Record<string, string> {
  return Object.fromEntries([
    ...IMAGES.map((path) => [`${around}${images}/${path}`, "GIF89a"]),
    ...LISTS.map((list, i) => [`${around}${list}`, `${IMAGES[i]!} ${i + 1} 1 1 1\n`]),
  ]) as Record<string, string>;
}

function folderOf(contents: Readonly<Record<string, string>>): string {
  const folder = fresh();
  for (const [path, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function archive(entries: Readonly<Record<string, string | Buffer>>): string {
  const folder = fresh();
  mkdirSync(folder);
  const path = join(folder, "Butterfly200.zip");
  writeFileSync(path, zip(Object.entries(entries).map(([name, data]) => ({ name, data: Buffer.from(data) }))));
  return path;
}

async function taken(path: string, options: ImportOptions = {}): Promise<[ImportReport, string[]]> {
  const root = fresh();
  const report = await importDataset(root, "butterfly", [path], { partial: true, ...options });
  return [report, pathsBelow(filesFolder(root, "butterfly"))];
}

async function refused(path: string, options: ImportOptions = {}): Promise<string> {
  const error = (await errorOf(() => taken(path, options))) as UserError;
  expect(error.exitCode, String(error.stack)).toBe(EXIT.data);
  return error.message;
}

const stored = Object.keys(files("images")).sort();
const counts = { train: 1, validation: 1, test: 1 };

describe("Butterfly-200", () => {
  it.each([
    ["as its authors have it", "images", ""],
    ["with images_small", "images_small", ""],
    ["in one folder around everything", "images", "Butterfly200/"],
    ["with images_small in such a folder", "images_small", "Butterfly200/"],
  ])("is stored under one name from a folder and from a zip, %s", async (_name, images, around) => {
    for (const path of [folderOf(files(images, around)), archive(files(images, around))]) {
      const [report, paths] = await taken(path);
      expect(report).toMatchObject({ state: "partial", counts });
      expect(paths).toEqual(stored);
    }
  });

  it("says of an archive in the archive what to do with it", async () => {
    const inner = zip(IMAGES.map((name) => ({ name: `images_small/${name}`, data: Buffer.from("GIF89a") })));
    const lists = Object.fromEntries(Object.entries(files("images")).filter(([path]) => path.endsWith(".txt")));
    expect(await refused(archive({ ...lists, "images_small.zip": inner }))).toMatch(
      /no image, but archives in the archive: images_small\.zip[^]*extract them where they are/,
    );
  });

  it("takes --as for the tops that lie elsewhere, and says which are still missing", async () => {
    const folder = folderOf(files("images"));
    const elsewhere = fresh();
    renameSync(join(folder, "images"), elsewhere);
    const [report, paths] = await taken(folder, { as: [`images=${elsewhere}`] });
    expect([report.counts, paths]).toEqual([counts, stored]);
    expect(await refused(elsewhere, { as: [`images=${elsewhere}`] })).toBe(
      `butterfly: --as images: ${LISTS.join(", ")} not found in ${elsewhere}
  accepted: all of images, ${LISTS.join(", ")}
  hint: give the folder that holds the others, or --as NAME=PATH for each of them`,
    );
    const all = LISTS.map((list) => `${list}=${join(folder, list)}`);
    expect((await taken(elsewhere, { as: [`images=${elsewhere}`, ...all] }))[1]).toEqual(stored);
  });
});
