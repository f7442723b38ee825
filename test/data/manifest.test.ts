import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT, UserError } from "../../src/core/errors.js";
import { packageRoot } from "../../src/core/files.js";
import { domainIds } from "../../src/data/domain.js";
import { describeDataset, hasChecksum, loadManifest, parseManifest } from "../../src/data/manifest.js";
import { datasets } from "../../src/data/sets/index.js";
import { realData } from "../support/require.js";
import { errorOf } from "./fixtures.js";
import { scratchFolder } from "../support/folder.js";

const entry = `
    title: T
    format: idx
    classes: 10
    splits: { train: 1 }
    licence: { name: none, nonCommercial: false }
    citation: c`;

describe("manifest", () => {
  it("describes exactly the datasets of the table", () => {
    expect(Object.keys(loadManifest())).toEqual(Object.keys(datasets));
    for (const [id, { domains }] of Object.entries(datasets))
      expect(domains.every((domain) => domain === id || domain.startsWith(`${id}/`))).toBe(true);
    expect(domainIds()).toContain("rotated-mnist/45");
    expect(new Set(domainIds()).size).toBe(domainIds().length);
  });

  it("pins every file that can be fetched, gives every archive its limits, and counts files where there are some", () => {
    for (const { id, files, importOnly, page, tree } of Object.values(loadManifest())) {
      for (const file of files) {
        expect(hasChecksum(file)).toBe(!importOnly);
        expect(file.urls.length).toBeGreaterThan(0);
        if (file.unpack !== "none") expect([tree.length > 0, file.maxEntries > 1]).toEqual([true, true]);
      }
      if (importOnly) expect(page).toMatch(/^https?:/);
      expect(datasets[id]!.count !== undefined).toBe(files.length > 0);
    }
    expect(describeDataset("mnist").files.map(({ bytes }) => bytes)).toEqual([9912422, 28881, 1648877, 4542]);
  });

  it("has the addresses of a file at different hosts, all of one name", () => {
    for (const { id, files } of Object.values(loadManifest()))
      for (const { name, urls } of files) {
        const hosts = urls.map((url) => new URL(url).host);
        expect(new Set(hosts).size, `${id}: ${name}`).toBe(hosts.length);
        if (id !== "butterfly") for (const url of urls) expect(url.endsWith(`/${name}`), url).toBe(true);
      }
  });

  it("names an unknown dataset's neighbours", async () => {
    const error = await errorOf(() => describeDataset("mnits"));
    expect((error as UserError).message).toMatch(/unknown name "mnits"[^]*synthetic-digits[^]*did you mean mnist/);
  });

  it("says of a name that is near none where images of one's own are described", async () => {
    const error = await errorOf(() => describeDataset("faces-of-my-own", "mine"));
    expect((error as UserError).message).toMatch(
      /hint: images of your own need an entry in mine\/manifest\.yaml first \(docs\/own-dataset\.md\)/,
    );
  });

  it.each([
    [
      "unknown key",
      `version: 1\ndatasets:\n  - id: a${entry}\n    colour: red\n`,
      /m\.yaml:\d+ a: colour: unknown key/,
    ],
    [
      "bad checksum",
      `version: 1\ndatasets:\n  - id: a${entry}\n    files: [{name: f, urls: [], sha256: xyz, maxBytes: 1}]\n`,
      /m\.yaml:\d+ a: files\[0\]\.sha256[^]*64 hexadecimal/,
    ],
    ["two of one id", `version: 1\ndatasets:\n  - id: a${entry}\n  - id: a${entry}\n`, /the name a is given twice/],
    [
      "alias taken",
      `version: 1\ndatasets:\n  - id: a${entry}\n  - id: b${entry}\n    aliases: [a]\n`,
      /the name a is given twice/,
    ],
    [
      "file twice",
      `version: 1\ndatasets:\n  - id: a${entry}\n    importOnly: true\n    files: [{name: f, urls: [], maxBytes: 1}, {name: f, urls: [], maxBytes: 1}]\n`,
      /the file f is listed twice/,
    ],
    [
      "no checksum",
      `version: 1\ndatasets:\n  - id: a${entry}\n    files: [{name: f, urls: [], maxBytes: 1}]\n`,
      /f has no checksum/,
    ],
    ["no splits", `version: 1\ndatasets:\n  - id: a${entry.replace(/splits.*/, "splits: {}")}\n`, /no splits/],
    [
      "another protocol",
      `version: 1\ndatasets:\n  - id: a${entry}\n    files: [{name: f, urls: ["ftp://a.org/f"], maxBytes: 1}]\n`,
      /files\[0\]\.urls\[0\][^]*http:/,
    ],
    ["unknown source", `version: 1\ndatasets:\n  - id: a${entry}\n    derivedFrom: z\n`, /derivedFrom z/],
    ["not YAML", "version: [1", /not valid YAML/],
  ])("refuses: %s", async (_name, text, message) => {
    const error = await errorOf(() => parseManifest(text, "m.yaml"));
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).exitCode).toBe(EXIT.data);
    expect((error as UserError).message).toMatch(message);
  });
});

describe("a user's own manifest", () => {
  const folder = scratchFolder();
  const own = (name: string, text: string): string => {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, "manifest.yaml"), text);
    return join(folder, name);
  };
  const mine = `version: 1
datasets:
  - id: my-birds
    title: Birds of my garden
    format: class-folders
    classes: [robin, wren]
    licence: { name: own, nonCommercial: false }
    citation: own
`;

  it("adds sets after the shipped ones, for that folder only, and is read again when it changes", () => {
    const at = own("good", mine);
    expect(Object.keys(loadManifest(at))).toEqual([...Object.keys(loadManifest()), "my-birds"]);
    expect(describeDataset("my-birds", at)).toMatchObject({ splits: {}, classes: ["robin", "wren"] });
    expect(Object.keys(loadManifest(join(folder, "none")))).toEqual(Object.keys(loadManifest()));
    writeFileSync(join(at, "manifest.yaml"), mine.replace("my-birds", "my-fish"));
    expect(Object.keys(loadManifest(at)).at(-1)).toBe("my-fish");
  });

  it("is not looked for where the shipped one lies", () => {
    const shipped = join(packageRoot(), "datasets");
    expect(loadManifest(shipped)).toBe(loadManifest());
    expect(loadManifest(own("copy", readFileSync(join(shipped, "manifest.yaml"), "utf8")))).toBe(loadManifest());
  });

  it("is what docs/own-dataset.md shows", () => {
    const text = readFileSync(join(packageRoot(), "docs", "own-dataset.md"), "utf8");
    const [example, archive] = [...text.matchAll(/```yaml\n([^]*?)```/g)].map((found) => found[1]!);
    const at = own("docs", `${example}${archive!.replace(/^/gm, "    ")}\n`);
    expect(describeDataset("garden-birds", at).files.map(({ unpack }) => unpack)).toEqual(["tar.gz"]);
    expect(Object.keys(loadManifest(own("docs-short", example!))).at(-1)).toBe("garden-birds");
  });

  it.each([
    ["a shipped id", mine.replace("my-birds", "mnist"), /:3: mnist: the name mnist is given twice/],
    ["another format", mine.replace("class-folders", "idx"), /format idx\n {2}accepted: class-folders/],
    ["a source", `${mine}    derivedFrom: mnist\n`, /derivedFrom mnist/],
    ["a tree", `${mine}    tree: [x]\n`, /tree x\n {2}accepted: class folders at the top/],
    ["an unknown key", `${mine}    colour: red\n`, /colour/],
  ])("refuses: %s", async (name, text, message) => {
    const at = own(name.replaceAll(" ", "-"), text);
    const error = await errorOf(() => loadManifest(at));
    expect((error as UserError).exitCode).toBe(EXIT.data);
    expect((error as UserError).message).toMatch(message);
    expect((error as UserError).message).toContain(join(at, "manifest.yaml"));
  });
});

interface Listed {
  readonly md5?: Readonly<Record<string, string | null>>;
  readonly sha1?: Readonly<Record<string, string>>;
  readonly from_memory?: Readonly<Record<string, string>>;
  readonly mirrors?: readonly string[];
  readonly urls?: readonly string[];
}

/** Dataset ids by the names of the folders of test data. */
const FOLDERS: Readonly<Record<string, string>> = {
  MNIST: "mnist",
  FashionMNIST: "fashion-mnist",
  KMNIST: "kmnist",
  QMNIST: "qmnist",
  USPS: "usps",
  SVHN: "svhn",
  CIFAR10: "cifar10",
  STL10: "stl10",
  FGVCAircraft: "aircraft",
  OxfordIIITPet: "pets",
  Caltech256: "caltech256",
  DTD: "dtd",
  Flowers102: "flowers102",
  Butterfly200: "butterfly",
  PubFig83: "pubfig83",
};

/** Addresses of the lists that no longer answer. */
const DEAD = /^http:\/\/(yann\.lecun\.com|www\.vision\.caltech\.edu)\//;
/** What the lists lack. */
const MD5: Readonly<Record<string, string>> = { "fgvc-aircraft-2013b.tar.gz": "d4acdd33327262359767eeaa97a4f732" };

const official = realData("official_urls.json");
describe.skipIf(official === undefined)("the shipped manifest against collected lists", () => {
  it("has the listed addresses and checksums of every set", () => {
    const lists = JSON.parse(readFileSync(official!, "utf8")) as Record<string, Listed>;
    expect(Object.keys(lists).sort()).toEqual(Object.keys(FOLDERS).sort());
    for (const [name, { md5 = {}, sha1 = {}, from_memory = {}, mirrors, urls }] of Object.entries(lists)) {
      const { files } = describeDataset(FOLDERS[name]!);
      for (const file of files) {
        const known = { ...md5, ...from_memory }[file.name] ?? MD5[file.name];
        expect(file.md5, file.name).toBe(known);
        expect(file.sha1, file.name).toBe(sha1[file.name]);
        const listed = (urls ?? []).map((url) => url.replace(/ \(old\)$/, "")).filter((url) => url.endsWith(file.name));
        for (const url of [...listed, ...(mirrors ?? []).map((mirror) => `${mirror}${file.name}`)])
          expect(file.urls.includes(url), url).toBe(!DEAD.test(url));
      }
    }
  });

  it("has lengths and SHA-256s of the official bytes that are at hand", () => {
    let compared = 0;
    for (const [folder, id] of Object.entries(FOLDERS)) {
      const path = join(official!, "..", folder, "manifest.json");
      if (!existsSync(path)) continue;
      const { files } = JSON.parse(readFileSync(path, "utf8")) as {
        files: Record<string, { bytes: number; md5: string; sha256: string }>;
      };
      for (const file of describeDataset(id).files) {
        const found = files[file.name];
        if (found === undefined || found.md5 !== file.md5) continue;
        expect({ name: file.name, bytes: file.bytes, sha256: file.sha256 }).toEqual({
          name: file.name,
          bytes: found.bytes,
          sha256: found.sha256,
        });
        compared++;
      }
    }
    expect(compared).toBe(13);
  });
});
