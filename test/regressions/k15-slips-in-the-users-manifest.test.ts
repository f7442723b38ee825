import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeDataset, loadManifest } from "../../src/data/manifest.js";
import { importDataset } from "../../src/data/import/import.js";
import { writeClassFolders } from "../support/class-folders.js";
import { scratchFolder, userError } from "../support/folder.js";
import { runMain } from "../support/main.js";

const folder = scratchFolder();
let number = 0;
function manifest(entry: string): string {
  const root = join(folder, String(number++));
  mkdirSync(root);
  writeFileSync(join(root, "manifest.yaml"), `version: 1\ndatasets:\n  - ${entry.replaceAll("\n", "\n    ")}\n`);
  return root;
}
const GOOD = `id: digits
title: my digits
format: class-folders
classes: [a, b]
licence: { name: own, nonCommercial: false }
citation: none`;
const changed = (from: string, to: string): string => manifest(GOOD.replace(from, to));

test.each([
  ["[0, 1]", ["0", "1"]],
  ["[00, 01]", ["00", "01"]],
  ["[1e3, 0x10]", ["1e3", "0x10"]],
  ["[true, null]", ["true", "null"]],
  ["[1.50, -2]", ["1.50", "-2"]],
  ["\n  - 7\n  - 8", ["7", "8"]],
])("classes: %s are names as they are written", (written, names) => {
  expect(describeDataset("digits", changed("[a, b]", written)).classes).toEqual(names);
});

test("folders called 0 and 1 are imported with them", async () => {
  const root = changed("[a, b]", "[0, 1]");
  const given = writeClassFolders(join(folder, "numbered"), ["0", "1"], 12);
  expect(await importDataset(root, "digits", [given])).toMatchObject({ state: "ready" });
});

test("so are a title and a citation that are numbers", () => {
  const root = manifest(GOOD.replace("my digits", "1984").replace("none", "2024"));
  expect(describeDataset("digits", root)).toMatchObject({ title: "1984", citation: "2024" });
});

test.each([
  ["title: my digits", "title:", /manifest\.yaml:4 digits: title: given nothing\n {2}accepted: a text\n {2}hint: /],
  ["title: my digits\n", "", /manifest\.yaml:3 digits: title: missing\n {2}accepted: a text\n {2}hint: /],
  ["id: digits", "id: My_Digits", /:3 My_Digits: id: given "My_Digits"\n {2}accepted: lower-case letters/],
  ["id: digits", "id: 5", /:3 dataset 1: id: given 5\n {2}accepted: lower-case/],
  ["class-folders", "folders", /:5 digits: format: given "folders"\n {2}accepted: class-folders\n {2}hint:/],
  ["[a, b]", "1", /:6 digits: classes: given 1\n {2}accepted: how many there are, from 2, or a list/],
  ["[a, b]", "[a]", /:6 digits: classes: given \["a"\]\n {2}accepted: how many/],
  ["[a, b]", "[a, a]", /:3: digits: the class a is given twice/],
  [
    "nonCommercial: false",
    "nonCommercial: no",
    /:7 digits: licence\.nonCommercial: given "no"\n {2}accepted: true, false/,
  ],
  [
    "licence: { name: own, nonCommercial: false }",
    "licence: mine",
    /:7 digits: licence: given "mine"\n {2}accepted: a mapping/,
  ],
  ["citation: none", "citations: none", /:8 digits: citations: unknown key\n[^]*hint: did you mean citation\?/],
])("%j as %j: line, dataset, what was given, what is accepted, a hint", async (from, to, says) => {
  const root = changed(from, to);
  const error = userError(() => loadManifest(root));
  expect(error.exitCode).toBe(3);
  expect(error.message).toMatch(says);
  const { code, err } = await runMain("data", "list", "--data", root);
  expect(code).toBe(3);
  expect(err).not.toMatch(/Invalid input|expected .* received|bug in metamd/);
});

test.each(["", "- a\n", "version: 2\n", "just text\n", "datasets: []\n", "version: 1\ndatasets: {a: 1}\n"])(
  "a file that is no manifest is told so: %j",
  (text) => {
    const root = manifest(GOOD);
    writeFileSync(join(root, "manifest.yaml"), text);
    expect(userError(() => loadManifest(root)).message).toMatch(/manifest\.yaml:[12][^]*accepted: [^]*hint: /);
  },
);

test("a hundred slips give a message that fits on a screen", () => {
  const root = manifest(GOOD);
  writeFileSync(join(root, "manifest.yaml"), `version: 1\ndatasets:\n${"  - { title: 1 }\n".repeat(100)}`);
  const { message } = userError(() => loadManifest(root));
  expect(message).toContain("more like these");
  expect(message.length).toBeLessThan(4000);
});
