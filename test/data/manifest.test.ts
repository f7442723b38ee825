import { describe, expect, it } from "vitest";
import { EXIT, UserError } from "../../src/core/errors.js";
import { domainIds } from "../../src/data/domain.js";
import { describeDataset, loadManifest, parseManifest } from "../../src/data/manifest.js";
import { datasets } from "../../src/data/sets/index.js";
import { errorOf } from "./fixtures.js";

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

  it("pins every file and counts files where there are some", () => {
    for (const { id, files } of Object.values(loadManifest())) {
      for (const { sha256, md5 } of files) expect(sha256 ?? md5).toMatch(/^([0-9a-f]{64}|[0-9a-f]{32})$/);
      expect(datasets[id]!.count !== undefined).toBe(files.length > 0);
    }
    expect(describeDataset("mnist").files.map(({ bytes }) => bytes)).toEqual([9912422, 28881, 1648877, 4542]);
  });

  it("names an unknown dataset's neighbours", async () => {
    const error = await errorOf(() => describeDataset("mnits"));
    expect((error as UserError).message).toMatch(/unknown name "mnits"[^]*synthetic-digits[^]*did you mean mnist/);
  });

  it.each([
    ["unknown key", `version: 1\ndatasets:\n  - id: a${entry}\n    colour: red\n`, /datasets\.0[^]*colour/],
    [
      "bad checksum",
      `version: 1\ndatasets:\n  - id: a${entry}\n    files: [{name: f, urls: [], sha256: xyz, maxBytes: 1}]\n`,
      /files\.0\.sha256/,
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
    ["unknown source", `version: 1\ndatasets:\n  - id: a${entry}\n    derivedFrom: z\n`, /derivedFrom z/],
    ["not YAML", "version: [1", /not YAML/],
  ])("refuses: %s", async (_name, text, message) => {
    const error = await errorOf(() => parseManifest(text, "m.yaml"));
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).exitCode).toBe(EXIT.data);
    expect((error as UserError).message).toMatch(message);
  });
});
