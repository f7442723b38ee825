import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT, type UserError } from "../../../src/core/errors.js";
import { loadConfig } from "../../../src/config/load.js";
import type { PartName, PhotoPart, Source } from "../../../src/data/dataset.js";
import { domainIds, openDomain } from "../../../src/data/domain.js";
import { allDatasets } from "../../../src/data/sets/own.js";
import { importDataset } from "../../../src/data/import/import.js";
import { errorOf } from "../fixtures.js";
import { png, range, store, writeFiles } from "../photos/fixtures.js";
import { scratchFolder } from "../../support/folder.js";

const scratch = scratchFolder();
let roots = 0;

/** A data folder whose manifest describes the set `mine`. */
function dataFolder(classes: string, more = ""): string {
  const folder = join(scratch, String(roots++));
  mkdirSync(folder);
  writeFileSync(
    join(folder, "manifest.yaml"),
    `version: 1
datasets:
  - id: mine
    title: My photos
    format: class-folders
    classes: ${classes}
    licence: { name: mine, nonCommercial: false }
    citation: none
${more}`,
  );
  return folder;
}
const listed = (folder: string, name: PartName): [string, number][] => {
  const { photos, labels } = (allDatasets(folder).mine!.open("mine", { folder }) as Source<PhotoPart>).part(name);
  return photos.map(({ path }, i) => [path, labels[i]!]);
};
const folders = (counts: Readonly<Record<string, number>>): Record<string, Buffer> =>
  Object.fromEntries(
    Object.entries(counts).flatMap(([name, count]) => range(count).map((i) => [`${name}/${i}.png`, png([i, 9, 9])])),
  );

describe("a folder of one's own", () => {
  it("is a domain where its manifest is", () => {
    const folder = dataFolder("2");
    expect(domainIds(folder)).toEqual([...domainIds(), "mine"]);
    expect(domainIds(join(scratch, "nowhere"))).toEqual(domainIds());
    expect(domainIds()).not.toContain("mine");
  });

  it("is cut in the seeded order of every class: a fifth for the test", () => {
    const folder = dataFolder("2");
    store(folder, "mine", { ...folders({ dogs: 11, cats: 9 }), ".hidden/x.png": "", "dogs/readme.txt": "" });
    expect([listed(folder, "test").length, listed(folder, "train").length]).toEqual([1 + 2, 8 + 9]);
    expect(new Set(listed(folder, "train").map(([path, label]) => `${path.split("/")[0]} ${label}`))).toEqual(
      new Set(["cats 0", "dogs 1"]),
    );
  });

  it("may name its classes and part its splits", () => {
    const folder = dataFolder("[dogs, cats, birds]");
    const files = folders({
      "train/cats": 3,
      "train/dogs": 2,
      "train/birds": 1,
      "test/birds": 1,
      "validation/dogs": 2,
    });
    store(folder, "mine", files);
    expect(listed(folder, "test")).toEqual([["test/birds/0.png", 2]]);
    expect(listed(folder, "validation").map(([, label]) => label)).toEqual([0, 0]);
    expect(listed(folder, "train").length).toBe(6);
  });

  it.each([
    ["other classes", "[dogs, cats]", { dogs: 5, bats: 5 }, /class bats\n {2}accepted: dogs, cats/],
    ["fewer classes", "3", { dogs: 5, cats: 5 }, /2 classes\n {2}accepted: 3 \(manifest\)/],
    ["images in no class", "2", { dogs: 5, ".": 5, "cats/kittens": 5 }, /in no class\n {2}accepted: <class>\/<image>/],
    ["train without test", "2", { "train/dogs": 5, "train/cats": 5 }, /train without test/],
    ["too few images", "2", { dogs: 4, cats: 4 }, /too few images for a test/],
  ])("refuses %s", async (_name, classes, counts, message) => {
    const folder = dataFolder(classes);
    store(folder, "mine", folders(counts));
    const error = (await errorOf(() => listed(folder, "test"))) as UserError;
    expect(error.exitCode).toBe(EXIT.data);
    expect(error.message).toMatch(message);
  });

  it("is imported, opened and read like all others", async () => {
    const folder = dataFolder("2");
    const given = join(scratch, "given");
    writeFiles(given, folders({ dogs: 10, cats: 5 }));
    await importDataset(folder, "mine", [given]);
    const frame = { size: 5, channels: 3, resample: "bilinear" } as const;
    const domain = openDomain("mine", { folder, frame });
    expect(domain.dataTag).toBe("real");
    const counts = await Promise.all(
      (["train", "validation", "test", "trainAll"] as const).map(async (name) => (await domain.split(name)).count),
    );
    expect(counts).toEqual([10, 2, 3, 12]);
  });

  it("is accepted in a config with its data folder only", async () => {
    const folder = dataFolder("2");
    const config = join(folder, "mine.yaml");
    writeFileSync(
      config,
      `name: own
suite: { domains: [mine, pets], protocol: leave-one-out, photos: { petsSplit: paper-counts } }
model: { kind: mlp, hidden: [4] }
training: { batchSize: 4, steps: 2 }
methods: [sgd]
tuning: { space: { learningRate: [0.1], weightDecay: [0] } }
`,
    );
    expect(loadConfig({ config, data: folder }).suite).toMatchObject({
      domains: ["mine", "pets"],
      photos: { petsSplit: "paper-counts" },
    });
    const error = (await errorOf(() => loadConfig({ config, data: scratch }))) as UserError;
    expect(error.exitCode).toBe(EXIT.usage);
    expect(error.message).toMatch(/mine\.yaml:2 suite\.domains\[0\]: given "mine"\n {2}accepted: mnist, /);
    const slip = (await errorOf(() =>
      loadConfig({ config, data: folder, set: ["suite.domains=[mime,mnist]"] }),
    )) as UserError;
    expect(slip.message).toMatch(
      /suite\.domains\[0\]: given "mime"\n.*pubfig83.*, mine\n {2}hint: did you mean mine\?/,
    );
    const option = (await errorOf(() =>
      loadConfig({ config, data: folder, set: ["suite.photos.caltechTrain=55"] }),
    )) as UserError;
    expect(option.message).toMatch(/suite\.photos\.caltechTrain: given 55\n {2}accepted: 50, 60/);
  });

  it("is refused with its manifest", async () => {
    const folder = dataFolder("1");
    const error = (await errorOf(() => domainIds(folder))) as UserError;
    expect(error.exitCode).toBe(EXIT.data);
    expect(error.message).toContain("manifest.yaml");
  });
});
