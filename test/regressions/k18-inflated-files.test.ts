import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openDomain } from "../../src/data/domain.js";
import { importDataset } from "../../src/data/import/import.js";
import { verifyDatasets } from "../../src/data/store/verify.js";
import { scratchFolder } from "../support/folder.js";
import { runMain } from "../support/main.js";
import { realData } from "../support/require.js";

const folder = scratchFolder();
const official = realData("MNIST");

function inflated(name: string, rename = (file: string): string => file.replace(/\.gz$/, "")): string {
  const given = join(folder, name);
  mkdirSync(given);
  for (const file of readdirSync(official!).filter((one) => one.endsWith(".gz")))
    writeFileSync(join(given, rename(file)), gunzipSync(readFileSync(join(official!, file))));
  return given;
}

describe.skipIf(official === undefined)("MNIST without its compression, as torchvision's raw folder has it", () => {
  test.each([
    ["under torchvision's names", undefined],
    ["under Kaggle's", (file: string) => file.replace("-idx", ".idx").replace(/\.gz$/, "")],
    ["under the official names", (file: string) => file],
  ])("%s is the official set: ready, verified, of the same checksum", async (name, rename) => {
    const root = join(folder, `data ${name}`);
    const report = await importDataset(root, "mnist", [inflated(name, rename)]);
    expect(report).toMatchObject({ state: "ready", counts: { train: 60000, test: 10000 }, missing: [], warnings: [] });
    expect((await verifyDatasets(root, ["mnist"])).map(({ state }) => state)).toEqual(["ok", "ok", "ok", "ok"]);
    const compressed = join(folder, `compressed ${name}`);
    await importDataset(compressed, "mnist", [official!]);
    const [one, other] = [root, compressed].map((at) => openDomain("mnist", { folder: at }));
    expect(one!.checksum).toBe(other!.checksum);
    expect((await one!.split("test")).labels).toEqual((await other!.split("test")).labels);
  });

  test("other contents under these names are refused, and --partial takes them", async () => {
    const given = join(folder, "other");
    mkdirSync(given);
    const labels = gunzipSync(readFileSync(join(official!, "t10k-labels-idx1-ubyte.gz")));
    const images = gunzipSync(readFileSync(join(official!, "t10k-images-idx3-ubyte.gz")));
    images[100] = images[100]! ^ 1;
    writeFileSync(join(given, "t10k-labels-idx1-ubyte"), labels);
    writeFileSync(join(given, "t10k-images-idx3-ubyte"), images);
    const data = join(folder, "other-data");
    const refused = await runMain("data", "import", "mnist", given, "--data", data);
    expect(refused.code).toBe(3);
    expect(refused.err).toContain("t10k-images-idx3-ubyte: sha256 ");
    const taken = await runMain("data", "import", "mnist", given, "--data", data, "--partial", "--json");
    expect(taken.code).toBe(0);
    expect(JSON.parse(taken.out)).toMatchObject({ state: "partial", counts: { test: 10000 } });
  });
});
