import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.js";
import { loadSlurmSettings } from "../../src/config/slurm-settings.js";
import { scratchFolder, userError } from "../support/folder.js";
import { writeSmallConfig } from "../support/small-config.js";

const folder = scratchFolder();
const config = writeSmallConfig(folder);
const bomb = [
  "a: &a [x,x,x,x,x,x,x,x,x]",
  ..."bcdefgh".split("").map((name, i) => {
    const before = "abcdefgh"[i]!;
    return `${name}: &${name} [${`*${before},`.repeat(9)}]`;
  }),
].join("\n");

const FILES: Readonly<Record<string, string>> = {
  "an alias inside of what it stands for": "name: &a [*a]\nsuite: &b {x: *b}\n",
  "one deeper inside": "name: &a {b: {c: [1, *a]}}\n",
  "an unknown alias": "name: *nobody\n",
  "aliases that multiply": `${bomb}\n`,
};

test.each(Object.keys(FILES))("a file with %s is refused with exit 2", (what) => {
  const path = join(folder, "aliases.yaml");
  writeFileSync(path, FILES[what]!);
  for (const read of [() => loadConfig({ config: path }), () => loadSlurmSettings(path)]) {
    const error = userError(read);
    expect(error.exitCode).toBe(2);
    expect(error.message).toMatch(/aliases\.yaml(:\d+)?: .*alias/i);
    expect(error.message.length).toBeLessThan(400);
  }
});

test.each(["seed=&a [*a]", "methods=*x", "model=&a {kind: *a}", "title=[*a]"])("so is --set %s", (set) => {
  expect(userError(() => loadConfig({ config, set: [set] })).exitCode).toBe(2);
});

test("aliases that are none of these are taken", () => {
  const path = writeSmallConfig(
    folder,
    "",
    "learningRate: [0.1], weightDecay: [0.0001]",
    "learningRate: &v [0.1], weightDecay: *v",
  );
  expect(loadConfig({ config: path }).tuning.space.weightDecay).toEqual([0.1]);
});
