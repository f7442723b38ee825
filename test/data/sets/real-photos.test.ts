import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../../src/core/files.js";
import { rowReader } from "../../../src/data/batches/rows.js";
import type { DataOptions } from "../../../src/data/dataset.js";
import type { Split } from "../../../src/data/dataset.js";
import { openDomain, type Domain } from "../../../src/data/domain.js";
import { importDataset } from "../../../src/data/import/import.js";
import { realData } from "../../support/require.js";
import { scratchFolder } from "../../support/folder.js";

const folder = join(scratchFolder(), "data");
const frame = { size: 224, channels: 3, resample: "bilinear" } as const;
const open = (id: string, options: Partial<DataOptions> = {}): Domain => openDomain(id, { folder, frame, ...options });
const histogram = ({ labels }: Split): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
};
const golden = JSON.parse(readFileSync(join(packageRoot(), "test", "golden", "photos.json"), "utf8")) as {
  all: string;
};

const [pets, dtd] = [realData("OxfordIIITPet"), realData("DTD")];
describe.skipIf(pets === undefined || dtd === undefined)("Pets and DTD, in part", () => {
  beforeAll(async () => {
    await importDataset(folder, "pets", [join(pets!, "oxford-iiit-pet")], { partial: true });
    await importDataset(folder, "dtd", [dtd!], { partial: true });
  });

  it("have the labels of their lists under the official numbers", async () => {
    const domain = open("pets");
    expect([domain.dataTag, domain.classes]).toEqual(["partial", 37]);
    expect(histogram(await domain.split("trainAll"))).toEqual({ 0: 30, 1: 30, 5: 30 });
    expect(histogram(await domain.split("train"))).toEqual({ 0: 27, 1: 27, 5: 27 });
    expect(histogram(await domain.split("validation"))).toEqual({ 0: 3, 1: 3, 5: 3 });
    expect(histogram(await domain.split("test"))).toEqual({ 0: 30, 1: 30, 5: 30 });
    const textures = open("dtd");
    expect([textures.dataTag, textures.classes]).toEqual(["partial", 47]);
    for (const name of ["train", "validation", "test"] as const)
      expect(histogram(await textures.split(name))).toEqual(
        Object.fromEntries(Array.from("0123456789", (k) => [k, 8])),
      );
  });

  it("are bit-equal to Pillow, all of them", async () => {
    const rows = new Map<string, Buffer>();
    for (const id of ["pets", "dtd"]) {
      for (const name of ["train", "validation", "test"] as const) {
        const split = await open(id).split(name);
        const list = readFileSync(join(folder, id, "splits", `${name}.txt`), "utf8")
          .trimEnd()
          .split("\n");
        expect(list.map((line) => Number(line.split("\t")[1]))).toEqual([...split.labels]);
        const reader = rowReader(split);
        list.forEach((line, i) => rows.set(`${id} ${line.split("\t")[0]}`, Buffer.from(reader.read(i))));
        reader.close();
      }
    }
    const hash = createHash("sha256");
    const order = [...rows.keys()].sort();
    for (const id of ["pets ", "dtd "]) for (const key of order) if (key.startsWith(id)) hash.update(rows.get(key)!);
    expect(hash.digest("hex")).toBe(golden.all);
    expect(rows.size).toBe(180 + 240);
  });

  it("are normalised and limited like all others", async () => {
    const few = open("dtd", { trainImages: 20, normalise: "meanstd" });
    expect((await few.split("train")).count).toBe(20);
    const { mean, std } = await few.normalisation();
    expect([mean.length, std.length]).toEqual([3, 3]);
    const grey = open("dtd", { testImages: 10, frame: { ...frame, size: 32, channels: 1 } });
    const { images, shape } = await grey.split("test");
    expect(shape).toEqual({ height: 32, width: 32, channels: 1 });
    expect(statSync((images as { path: string }).path).size).toBe(10 * 32 * 32);
  });
});
