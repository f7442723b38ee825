import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.js";
import { packageRoot } from "../../src/core/files.js";
import { scratchFolder } from "../support/folder.js";
import { runMain } from "../support/main.js";
import { everything } from "../support/require.js";
import { writeSmallConfig } from "../support/small-config.js";

const folder = scratchFolder();
const configs = join(packageRoot(), "configs");
const SHIPPED = ["quickstart.yaml", "rotated-mnist.yaml", "ablation.yaml"];

/** Where nothing is required, one slip of 15 is tried. */
const EVERY = everything ? 3 : 15;

/** The texts that a text becomes when one of its commas, brackets, braces, colons or quotes is left out. */
function* slips(text: string): Generator<string> {
  for (const [sign] of [",", "[", "]", "{", "}", ":", '"'].map((one) => [one]))
    for (const place of [...text.matchAll(new RegExp(`\\${sign}`, "g"))]
      .map(({ index }) => index)
      .filter((_at, i) => i % EVERY === 0))
      yield text.slice(0, place) + text.slice(place + 1);
}

test("the shipped configs are there", () => expect(readdirSync(configs)).toEqual(expect.arrayContaining(SHIPPED)));

test.each(SHIPPED)("one sign left out of %s gives a message that fits on a screen", (name) => {
  const path = join(folder, name);
  let refused = 0;
  for (const text of slips(readFileSync(join(configs, name), "utf8"))) {
    writeFileSync(path, text);
    try {
      loadConfig({ config: path });
    } catch (error) {
      refused++;
      expect((error as Error).message.length, text).toBeLessThan(4000);
      expect((error as Error).name).toBe("UserError");
    }
  }
  expect(refused).toBeGreaterThan(10);
});

const many = (count: number, make: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => make(i)).join(", ");

test.each([
  ["domains that are unknown", `suite.domains=[${many(360, (i) => `nowhere/${i}`)}]`],
  ["values that are there twice", `methods=[${many(5000, () => "sgd")}]`],
  ["a value that is as long as a book", `title=${"[".repeat(100_000)}`],
])("hundreds of faults are told in a few lines: %s", async (_what, set) => {
  const { code, err } = await runMain("plan", "--config", writeSmallConfig(folder), "--set", set);
  expect(code).toBe(2);
  expect(err.length).toBeLessThan(150_000);
  expect(err.split("\n").length).toBeLessThan(200);
  if (set.includes(",")) expect(err).toMatch(/^metamd: and \d+ more of them, which this list leaves out$/m);
});
