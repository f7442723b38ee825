import { expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.js";
import { scratchFolder, userError } from "../support/folder.js";
import { runMain } from "../support/main.js";
import { SMALL_CONFIG, writeSmallConfig } from "../support/small-config.js";

const folder = scratchFolder();
const LARGE = "12345678901234567890";
const BOUND = "at most 9007199254740991";

test.each([
  ["seed", `seed: ${LARGE}\n`, LARGE],
  ["seed", "seed: 9007199254740993\n", "9007199254740993"],
  ["seed", "seed: 0xffffffffffffffff\n", "0xffffffffffffffff"],
  ["seed", "seed: 1e30\n", "1e30"],
])("%s in a file: %j is told as it was written, with the bound", (key, line, digits) => {
  const message = userError(() => loadConfig({ config: writeSmallConfig(folder, line) })).message;
  expect(message).toContain(`${key}: given ${digits}\n  accepted: `);
  expect(message).toContain(BOUND);
});

test.each(["trials: 1", "steps: 5", "batchSize: 20", "hidden: [16]"])("so is %s", (setting) => {
  const replaced = setting.replace(/\d+/, LARGE);
  const message = userError(() => loadConfig({ config: writeSmallConfig(folder, "", setting, replaced) })).message;
  expect(message).toContain(`given ${LARGE}`);
  expect(message).toContain("at most ");
});

test("so is one in a preset, on the command line, and of --seed", async () => {
  const preset = writeSmallConfig(folder, `presets: { big: { seed: ${LARGE} } }\n`);
  expect(userError(() => loadConfig({ config: preset, preset: "big" })).message).toContain(`given ${LARGE}`);
  const config = writeSmallConfig(folder);
  const set = userError(() => loadConfig({ config, set: [`seed=${LARGE}`] })).message;
  expect(set).toContain(`--set seed: given ${LARGE}`);
  expect(set).toContain(BOUND);
  const { code, err } = await runMain("plan", "--config", config, "--seed", LARGE);
  expect(code).toBe(2);
  expect(err).toContain(LARGE);
  expect(err).toContain("9007199254740991");
});

test.each(["1e400", "-0", "1e-400", ".nan"])("so is %s in a list, in a file and on the command line", (number) => {
  const file = writeSmallConfig(folder, "", "[0.1]", `[0.2, ${number}]`);
  const set = [`tuning.space.learningRate=[0.2, ${number}]`];
  for (const flags of [{ config: file }, { config: writeSmallConfig(folder), set }])
    expect(userError(() => loadConfig(flags)).message).toContain(`learningRate[1]: given ${number}\n`);
});

test("a number beyond all numbers must be finite", () => {
  const message = userError(() => loadConfig({ config: writeSmallConfig(folder, "", "[0.1]", "[1e999]") })).message;
  expect(message).toMatch(/given 1e999\n {2}accepted: .*finite/);
  expect(SMALL_CONFIG).toContain("[0.1]");
});
