// An image that was changed in the folder of data after its import was decoded under the checksum of the old one, and stayed
// in the cache when the old one was back.
import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { cachedPhotos } from "../../src/data/photos/cache.js";
import { importDataset } from "../../src/data/import/import.js";
import { readState } from "../../src/data/store/store.js";
import { readFileSync, writeFileSync } from "node:fs";
import { filesBelow } from "../../src/core/walk.js";
import { png, writeFiles } from "../data/photos/fixtures.js";
import { writeOwnManifest } from "../support/class-folders.js";
import { scratchFolder } from "../support/folder.js";
import { start, type Ended } from "../support/binary.js";
import { drill } from "../support/require.js";

const folder = scratchFolder();
const data = join(folder, "data");
const CONFIG = `name: own
suite:
  domains: [own]
  protocol: { metaTest: [own] }
  image: { size: 8, channels: 1 }
  limits: { trainImages: 20, validationImages: 4, testImages: 6 }
model: { kind: mlp, hidden: [4] }
training: { batchSize: 10, steps: 5, aucWindowSteps: 1 }
methods: [sgd]
tuning: { seeds: 1, space: { learningRate: [0.1], weightDecay: [0.0001] } }
trials: 2
`;
writeFileSync(join(folder, "own.yaml"), CONFIG);
writeFiles(
  join(folder, "given"),
  Object.fromEntries(
    ["a", "b"].flatMap((name, k) =>
      Array.from({ length: 24 }, (_unused, i) => [`${name}/${i}.png`, png([128 * k + i, 5 * i, 9 * i])]),
    ),
  ),
);
writeOwnManifest(data, "own", 2);
await importDataset(data, "own", [join(folder, "given")]);
const files = join(data, "own", "files");
cpSync(files, join(folder, "kept"), { recursive: true });

const run = (results: string, jobs = 1): Promise<Ended> => {
  const args = ["run", "--config", "own.yaml", "--data", "data", "--engine", "wasm", "--jobs", String(jobs)];
  return start(folder, [...args, "--results", results]).ended;
};
const csv = (results: string): string => readFileSync(join(folder, results, "own", "auc.csv"), "utf8");

drill.each([1, 2])(
  "one that was changed since is refused by name, and leaves nothing behind, %d at a time",
  async (jobs) => {
    const cache = join(data, "own", "cache");
    rmSync(cache, { recursive: true, force: true });
    for (const name of filesBelow(files)) writeFileSync(join(files, name), png([200, 30, 77]));
    const refused = await run(`changed-${jobs}`, jobs);
    expect(refused.stderr).toMatch(/own\/files\/[ab]\/\d+\.png: changed since it was imported \(sha256 \w{64}\)\n/);
    expect(refused.stderr).toMatch(/accepted: sha256 \w{64}\n {2}hint: import the set again/);
    expect(refused.code).toBe(3);
    cpSync(join(folder, "kept"), files, { recursive: true });
    expect((await run(`back-${jobs}`, jobs)).code).toBe(0);
    rmSync(cache, { recursive: true });
    expect((await run(`anew-${jobs}`, jobs)).code).toBe(0);
    expect(csv(`back-${jobs}`)).toBe(csv(`anew-${jobs}`));
    expect(existsSync(cache)).toBe(true);
  },
);

drill("rows of a cache that an earlier program decoded, whatever lay there then, are made again", async () => {
  const cache = join(data, "own", "cache");
  rmSync(cache, { recursive: true, force: true });
  const photos = filesBelow(files).map((path) => ({ path }));
  const source = readState(data, "own")!.tree!.sha256;
  for (const { path } of photos) writeFileSync(join(files, path), png([200, 30, 77]));
  // As those did it: without the images' checksums.
  const wanted = { photos, files, cache: { folder: cache, source } };
  await cachedPhotos(wanted, { size: 8, channels: 1 }, { say: () => undefined });
  cpSync(join(folder, "kept"), files, { recursive: true });
  expect((await run("poisoned")).code).toBe(0);
  rmSync(cache, { recursive: true });
  expect((await run("clean")).code).toBe(0);
  expect(csv("poisoned")).toBe(csv("clean"));
});

drill("without the list of what was imported nothing is decoded", async () => {
  const list = join(data, "own", "tree.tsv");
  const text = readFileSync(list, "utf8");
  for (const spoil of [() => rmSync(list), () => writeFileSync(list, text.replace(/[0-9a-f]{64}/, "0".repeat(64)))]) {
    spoil();
    const { code, stderr } = await run("listless");
    expect(stderr).toMatch(
      /own\/tree\.tsv: (missing|changed since the set was imported)\n[^]*hint: import the set again/,
    );
    expect(code).toBe(3);
    writeFileSync(list, text);
  }
});
