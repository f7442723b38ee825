import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadSlurmSettings } from "../../src/config/slurm-settings.js";
import { loadConfig } from "../../src/config/load.js";
import { describeDataset, loadManifest } from "../../src/data/manifest.js";
import { scratchFolder, userError } from "../support/folder.js";
import { runMain } from "../support/main.js";
import { writeSmallConfig } from "../support/small-config.js";

const folder = scratchFolder();
const refusal = (more: string, replaced = "", by = ""): string =>
  userError(() => loadConfig({ config: writeSmallConfig(folder, more, replaced, by) })).message;

test.each([
  ["0777", "777 in YAML 1.2 and 511 in YAML 1.1", "write 777 or 511;"],
  ["-010", "-10 in YAML 1.2 and -8 in YAML 1.1", "write -10 or -8;"],
  ["+0777", "777 in YAML 1.2 and 511 in YAML 1.1", "write 777 or 511;"],
  ["007", "7 in YAML 1.2 and 7 in YAML 1.1", "write 7;"],
  ["0089", "89 in YAML 1.2 and a text in YAML 1.1", "write 89;"],
  ["0o17", "15 in YAML 1.2 and a text in YAML 1.1", "write 15;"],
])("%s is refused, with its line and what it may mean", (written, readings, hint) => {
  const says = `given ${written}, which is ${readings}\n  accepted: numbers without a 0 before them\n  hint: ${hint}`;
  const message = refusal(`seed: ${written}\n`);
  expect(message).toContain(says);
  expect(message).toMatch(/\.yaml:12: given /);
  const config = writeSmallConfig(folder);
  const set = userError(() => loadConfig({ config, set: [`seed=${written}`] })).message;
  expect(set).toContain(`--set seed: ${says}`);
});

test.each([
  ["in a list", "", "[0.1]", "[0.1, 010]"],
  ["in a mapping in a line", "", "steps: 5", "steps: 010"],
  ["in a preset that was not asked for", "presets: { big: { training: { steps: 0100 } } }\n"],
  ["behind an alias", "seed: &n 010\npresets: { big: { trials: *n } }\n"],
  ["with a tag", "seed: !!int 010\n"],
  ["as a key", "presets: { 010: { trials: 2 } }\n"],
  ["in the settings of a method", "methodSettings: { sgd-momentum: { momentum: 00 } }\n"],
])("so is one %s", (_where, more, replaced = "", by = "") => {
  expect(refusal(more, replaced, by)).toMatch(/\.yaml:\d+: given 0\d+, which is \d+ in YAML 1\.2/);
});

test("so is one in a list on the command line, in a cluster's settings, in a manifest and of --seed", async () => {
  const config = writeSmallConfig(folder);
  const set = ["tuning.space.learningRate=[0.1, 010]"];
  expect(userError(() => loadConfig({ config, set })).message).toContain("--set tuning.space.learningRate: given 010");
  const slurm = join(folder, "slurm.yaml");
  writeFileSync(slurm, "cpusPerTask: 010\n");
  expect(userError(() => loadSlurmSettings(slurm)).message).toContain("slurm.yaml:1: given 010");
  const { code, err } = await runMain("plan", "--config", config, "--seed", "0777");
  expect([code, err]).toEqual([2, expect.stringContaining("give an integer, without a 0 before it")]);
});

test("in a manifest names stay as they are written, and numbers are refused", () => {
  const root = join(folder, "own");
  mkdirSync(root);
  const write = (splits: string): void =>
    writeFileSync(
      join(root, "manifest.yaml"),
      `version: 1
datasets:
  - id: own
    title: 007
    format: class-folders
    classes: [000, 010, 0o7]
    splits: { train: ${splits} }
    licence: { name: own, nonCommercial: false }
    citation: none
`,
    );
  write("10");
  expect(describeDataset("own", root)).toMatchObject({ title: "007", classes: ["000", "010", "0o7"] });
  write("010");
  const error = userError(() => loadManifest(root));
  expect(error.message).toContain("manifest.yaml:7: given 010, which is 10 in YAML 1.2 and 8 in YAML 1.1");
  expect(error.exitCode).toBe(3);
});

test.each(["1_000", "1:30", "0b101", "1,000", "0o9", "0x1g", "１２", "yes", "on", "~", "1e"])(
  "what only others take for a number is refused where a number belongs: %s",
  (written) => {
    expect(refusal("", "trials: 1", `trials: ${written}`)).toMatch(
      /trials: given .*\n {2}accepted: integers above 0\n {2}hint: /,
    );
    const config = writeSmallConfig(folder);
    expect(userError(() => loadConfig({ config, set: [`trials=${written}`] })).message).toContain(
      "--set trials: given",
    );
  },
);

test("a file that asks for YAML 1.1 is refused: 1:30 would be 90 there", () => {
  const path = join(folder, "earlier.yaml");
  writeFileSync(path, "%YAML 1.1\n---\ntime: 1:30\n");
  expect(userError(() => loadSlurmSettings(path)).message).toMatch(/: %YAML 1\.1[^]*accepted: YAML 1\.2\n {2}hint: /);
});

test.each(["0", "10", "0x1f", "1e3", "1000.0", "0e0"])("what all read alike is taken: %s", (written) => {
  expect(loadConfig({ config: writeSmallConfig(folder, `seed: ${written}\n`) }).seed).toBe(Number(written));
});
test.each(["0.010", ".5", "00.5", "1e-3"])("so is a fraction: %s", (written) => {
  const { tuning } = loadConfig({ config: writeSmallConfig(folder, "", "[0.1]", `[${written}]`) });
  expect(tuning.space).toMatchObject({ learningRate: [Number(written)] });
});
