import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { datasetStatus } from "../../src/data/store/status.js";
import { tar } from "../support/archives.js";
import { writeOwnManifest } from "../support/class-folders.js";
import { scratchFolder } from "../support/folder.js";
import { runMain } from "../support/main.js";

const folder = scratchFolder();
const archive = (name: string, files: { name: string; data: Buffer }[]): string => {
  const path = join(folder, name);
  writeFileSync(path, gzipSync(tar(files)));
  return path;
};

test.each([
  ["cifar10", "cifar-10-binary.tar.gz", "cifar-10-batches-py/data_batch_1"],
  ["stl10", "stl10_binary.tar.gz", "readme.txt"],
  ["dtd", "dtd-r1.0.1.tar.gz", "dtd/labels/train1.txt"],
])("%s: another archive under the official name is refused, and nothing is stored", async (id, official, inside) => {
  const data = join(folder, id);
  const given = archive(`other-${id}.tar.gz`, [{ name: inside, data: Buffer.alloc(100) }]);
  const { code, err } = await runMain(
    ...["data", "import", id, given, "--partial", "--as", `${official}=${given}`, "--data", data],
  );
  expect(err).toMatch(/image|missing/);
  expect(err).not.toContain("bug in metamd");
  expect(code).toBe(3);
  expect(datasetStatus(data, id).state).toBe("absent");
});

test("so is a folder of one's own without an image", async () => {
  const data = join(folder, "own");
  writeOwnManifest(data, "own", 2);
  mkdirSync(join(folder, "texts", "a"), { recursive: true });
  writeFileSync(join(folder, "texts", "a", "readme.txt"), "none");
  const { code, err } = await runMain("data", "import", "own", join(folder, "texts"), "--data", data);
  expect(code).toBe(3);
  expect(err).toContain("no images");
  expect(existsSync(join(data, "own", "state.json"))).toBe(false);
});

test.each(["", "<html>not found</html>"])("so is one whose images are none: %j", async (content) => {
  const data = join(folder, `none-${content.length}`);
  writeOwnManifest(data, "own", 2);
  for (const path of ["a", "b"].flatMap((name) => [1, 2, 3, 4, 5].map((i) => `${name}/${i}.jpg`))) {
    const file = join(folder, `pages-${content.length}`, path);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, content);
  }
  const { code, err } = await runMain("data", "import", "own", join(folder, `pages-${content.length}`), "--data", data);
  expect(code).toBe(3);
  expect(err).toContain("10 files called images, none of which is one");
  expect(existsSync(join(data, "own", "state.json"))).toBe(false);
});

test("what was given is told by the checksum that is compared", async () => {
  const data = join(folder, "usps-data");
  const given = join(folder, "usps.bz2");
  writeFileSync(given, "no usps");
  const { code, err } = await runMain("data", "import", "usps", given, "--data", data);
  expect(code).toBe(3);
  const [, sum] = /usps\.bz2: (\w+) [0-9a-f]+, 7 bytes\n/.exec(err) ?? [];
  expect(sum).toBe("sha256");
  expect(err).toContain(`accepted: ${sum} `);
});
