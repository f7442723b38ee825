import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { openDomain } from "../../src/data/domain.js";
import { heldOutOf } from "../../src/data/splits.js";
import { importDataset } from "../../src/data/import/import.js";
import { writeOwnManifest } from "../support/class-folders.js";
import { scratchFolder } from "../support/folder.js";
import { runMain } from "../support/main.js";

const folder = scratchFolder();
let number = 0;

/** Folders of images, by their relative path. */
async function images(counts: Readonly<Record<string, number>>): Promise<{ root: string; given: string }> {
  const [root, given] = [join(folder, `data${number}`), join(folder, `given${number++}`)];
  writeOwnManifest(root, "own", 2);
  for (const [path, count] of Object.entries(counts)) {
    mkdirSync(join(given, path), { recursive: true });
    for (let i = 0; i < count; i++) {
      const background = { r: 10 * i, g: path.charCodeAt(path.length - 1), b: 0 };
      const png = sharp({ create: { width: 8, height: 8, channels: 3, background } }).png();
      writeFileSync(join(given, path, `${i}.png`), await png.toBuffer());
    }
  }
  return { root, given };
}
const OWN = `name: own
suite: { domains: [own], protocol: { metaTest: [own] }, image: { size: 8, channels: 3 } }
model: { kind: mlp, hidden: [8] }
training: { batchSize: 4, steps: 3, aucWindowSteps: 1 }
methods: [sgd]
tuning: { space: { learningRate: [0.1], weightDecay: [0] } }
trials: 1
`;

describe.each([5, 6, 9, 11])("two classes of %d images", (count) => {
  test("are imported, planned and run", async () => {
    const { root, given } = await images({ a: count, b: count });
    await importDataset(root, "own", [given]);
    const domain = openDomain("own", { folder: root, frame: { size: 8, channels: 3, resample: "bilinear" } });
    expect(domain.countByClass("validation")).toEqual([1, 1]);
    expect(domain.count("train") + domain.count("validation")).toBe(domain.count("trainAll"));
    const config = join(root, "own.yaml");
    writeFileSync(config, OWN);
    const args = ["--config", config, "--data", root, "--results", join(root, "res"), "--engine", "reference"];
    const { code, err } = await runMain("run", ...args, "--jobs", "1");
    expect(err).toContain("2 runs done (0 diverged), 0 were done before, 0 failed");
    expect(code).toBe(0);
  });
});

test("where some class has ten, a tenth is held out as ever", () => {
  expect(heldOutOf([10, 9, 25])).toEqual([1, 0, 2]);
  expect(heldOutOf([9, 1, 2])).toEqual([1, 0, 1]);
  expect(heldOutOf([1, 1])).toEqual([0, 0]);
});

test("a set of which none can be held out is refused at import, with the number needed", async () => {
  const { root, given } = await images({ "train/a": 1, "train/b": 1, "test/a": 1, "test/b": 1 });
  const { code, err } = await runMain("data", "import", "own", given, "--data", root);
  expect(code).toBe(3);
  expect(err).toContain("none of which can be held out for validation");
  expect(err).toContain("accepted: a class with at least 2 training images, or images in validation");
});
