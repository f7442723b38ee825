import { join } from "node:path";
import { expect, test } from "vitest";
import { openDomain } from "../../src/data/domain.js";
import { importDataset } from "../../src/data/import/import.js";
import { writeFileSync, mkdirSync } from "node:fs";
import { writeClassFolders } from "../support/class-folders.js";
import { scratchFolder } from "../support/folder.js";

const folder = scratchFolder();
const NAMES = ["café", "thé", "Ωmega", "한글"];
const forms = { composed: "NFC", decomposed: "NFD" } as const;

function set(name: string, classes: readonly string[] | number): string {
  const root = join(folder, name);
  mkdirSync(root);
  const listed = typeof classes === "number" ? classes : `[${classes.join(", ")}]`;
  writeFileSync(
    join(root, "manifest.yaml"),
    `version: 1\ndatasets:\n  - { id: own, title: t, format: class-folders, classes: ${listed}, licence: { name: x, nonCommercial: false }, citation: none }\n`,
  );
  return root;
}

const labels = (root: string): readonly number[] =>
  openDomain("own", { folder: root, frame: { size: 8, channels: 3, resample: "bilinear" } }).countByClass("train");

test.each([
  ["decomposed", "composed"],
  ["composed", "decomposed"],
  ["decomposed", "decomposed"],
] as const)("folders %s, manifest %s: the same classes in the manifest's order", async (onDisk, written) => {
  const root = set(
    `${onDisk}-${written}`,
    NAMES.map((name) => name.normalize(forms[written])),
  );
  const given = join(folder, `given-${onDisk}-${written}`);
  for (const [i, name] of NAMES.entries()) writeClassFolders(given, [name.normalize(forms[onDisk])], 12 + 10 * i);
  expect(await importDataset(root, "own", [given])).toMatchObject({ state: "ready" });
  // A fifth is for the test, a tenth of the rest for validation.
  expect(labels(root)).toEqual([9, 17, 24, 31]);
});

test("a split may write a class otherwise than train does", async () => {
  const root = set("splits", ["café", "thé"]);
  const given = join(folder, "given-splits");
  writeClassFolders(join(given, "train"), ["café".normalize("NFD"), "thé"], 12);
  writeClassFolders(join(given, "test"), ["café", "thé".normalize("NFD")], 3);
  expect(await importDataset(root, "own", [given])).toMatchObject({ counts: { train: 24, test: 6 } });
  expect(labels(root).length).toBe(2);
});
